"""Reads of queries, signatures and history, limited to the forms and study sites a person may read."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, can
from trial_site.monitoring.history import Change, changes
from trial_site.monitoring.masking import masked
from trial_site.monitoring.models import (
    MOVES,
    Deviation,
    Freeze,
    Move,
    Query,
    QueryState,
    RecordRef,
    Scope,
    Signature,
)
from trial_site.monitoring.registry import FORMS, registered
from trial_site.monitoring.values import field_of, naming, readable

READING = (Task.VIEW_CASEBOOK, Task.ASSESS_OUTCOMES)
UNRESOLVED = (QueryState.OPEN, QueryState.ANSWERED)


def readable_forms(actor: Actor, site_id: int | None = None) -> frozenset[str]:
    """Codes of the forms this person may read now; some are nobody's before the database is locked."""
    forms = forms_to_read(actor, site_id)
    kept = {code for code in forms if FORMS[code].until_lock}
    return forms - kept if kept and not database_lock() else forms


def forms_to_read(actor: Actor, site_id: int | None = None) -> frozenset[str]:
    """Those of the person's tasks: whoever assesses outcomes sees the assessor's forms only."""
    if can(actor, Task.ASSESS_OUTCOMES, site_id):
        return frozenset(code for code, form in FORMS.items() if form.audience == "assessor")
    return frozenset(FORMS) if can(actor, Task.VIEW_CASEBOOK, site_id) else frozenset()


def queries_for(actor: Actor) -> QuerySet[Query]:
    """Queries about forms this person may read, at the study sites where they may."""
    queries = Query.objects.filter(form__in=readable_forms(actor)).select_related("site", "opened_by")
    sites = {site for task, site in actor.delegations if task in READING}
    return queries if None in sites else queries.filter(site__in=sites)


def query_for(actor: Actor, number: str) -> Query:
    """The query, or Http404 alike for one that does not exist and one this person may not read."""
    return get_object_or_404(queries_for(actor), number=number)


def open_queries(subject_number: str) -> QuerySet[Query]:
    """Queries of a participant that are not closed or cancelled: open, or answered and not yet reviewed."""
    return Query.objects.filter(subject=subject_number, state__in=UNRESOLVED)


def database_lock() -> Freeze | None:
    """The lock of the database while it is in force."""
    return Freeze.objects.filter(scope=Scope.DATABASE, lifted_at=None).first()


def site_lock(site: StudySite) -> Freeze | None:
    """The lock of a study site while it is in force."""
    return Freeze.objects.filter(scope=Scope.SITE, site=site, lifted_at=None).first()


def freezes_over(subject_number: str, site_id: int) -> list[Freeze]:
    """What is in force over a participant's data: their own freezes, their site's lock, the database's."""
    theirs = Q(subject=subject_number) | Q(scope=Scope.SITE, site=site_id) | Q(scope=Scope.DATABASE)
    return list(Freeze.objects.filter(theirs, lifted_at=None).select_related("placed_by", "site"))


def deviations_for(actor: Actor) -> QuerySet[Deviation]:
    """Deviations at the study sites whose case report forms this person reads; never the blinded assessor's."""
    deviations = Deviation.objects.select_related("site", "raised_by", "closed_by")
    sites = {site for task, site in actor.delegations if task == Task.VIEW_CASEBOOK}
    return deviations if None in sites else deviations.filter(site__in=sites)


def queries_of(form: str, record_id: int) -> QuerySet[Query]:
    return Query.objects.filter(form=form, record_id=record_id).order_by("opened_at")


def signatures_of(form: str, record_id: int) -> QuerySet[Signature]:
    return Signature.objects.filter(form=form, record_id=record_id).select_related("site").order_by("id")


def moves_for(actor: Actor, query: Query) -> list[Move]:
    """What this person may do with a query as it stands."""
    return [
        move
        for move in MOVES.values()
        if query.may_become(move.target) and can(actor, move.task, query.site_id)
    ]


def record_for(actor: Actor, form: str, record_id: int, field: str = "") -> tuple[Model, RecordRef]:
    """A record this person may read and what names it and its field, else Http404."""
    if form not in readable_forms(actor) or field not in ("", *registered(form).fields):
        raise Http404
    record = get_object_or_404(registered(form).model, pk=record_id)
    ref = ref_of(form, record, field)
    if form not in readable_forms(actor, ref.site_id):
        raise Http404
    return record, ref


def ref_of(form: str, record: Any, field: str = "") -> RecordRef:
    """Names a record that belongs to a participant, or is the participant's own."""
    subject = getattr(record, "subject", record)
    return RecordRef(form, record.pk, subject.number, subject.site_id, field)


def value_of(record: Model, field: str) -> Any:
    """The value of a field as people read it; None when it is empty."""
    return readable(field_of(type(record), field), getattr(record, field))


def history_of(table: str, record_id: int) -> list[Change]:
    """Everything that happened to a record, newest first."""
    return histories(Event.objects.filter(table=table, record_id=record_id))[table, record_id]


def histories(events: QuerySet[Event] | Iterable[Event]) -> dict[tuple[str, int | None], list[Change]]:
    """The changes of many records at once, all of each, newest first, by table and record id."""
    told: dict[tuple[str, int | None], list[Change]] = defaultdict(list)
    name_of, so_far = naming(), Counter[tuple[str, int | None]]()
    for event in sorted(masked(events), key=lambda one: one.pk):
        of_the_record = event.table, event.record_id
        so_far[of_the_record] += 1
        told[of_the_record][:0] = changes(event, so_far[of_the_record], name_of)
    return told
