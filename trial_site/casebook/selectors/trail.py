"""The audit trail of one participant, from the history that every blinded person may read.

The tables are an allow-list. Of the looks into the sealed room it is told on which day they happened, on the page
of the whole study: how many they were depends on what a preparation met, and their reasons are written by people who
know the arm. Requests that wait for a randomization are left out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionSlot, Release
from enrollment.models import EmailContact, Subject
from randomization.models import AccessRecord, Kit, StudyAccess, StudyUnblinding, TreatmentTold
from randomization.selectors import study_unblinding
from trial_site.audit.models import Event
from trial_site.casebook.selectors.book import DATASETS
from trial_site.casebook.selectors.prompting import prompting_queries
from trial_site.core.models import Delegation, Occurrence, StaffMember, StudySite
from trial_site.monitoring.history import Difference, ReasonAt, differences, reasons_at, role_in, who_did
from trial_site.monitoring.masking import masked
from trial_site.monitoring.models import (
    AuditReview,
    Deviation,
    Freeze,
    HiddenText,
    MonitoringVisit,
    Query,
    QueryMessage,
    Signature,
)
from trial_site.monitoring.selectors import database_lock
from trial_site.monitoring.values import NameOf, naming

OF_THE_PARTICIPANT: dict[type[Model], Any] = {dataset.model: dataset.title for dataset in DATASETS} | {
    EmailContact: _("Agreement to reminders by e-mail"),
    InfusionSlot: _("Infusion slot"),
    Kit: _("Kit"),
    Release: _("Release of the bag"),
    TreatmentTold: _("Told their treatment"),
}
ABOUT_THE_PARTICIPANT: dict[type[Model], Any] = {
    Deviation: _("Deviation"),
    Freeze: _("Freeze or lock"),
    HiddenText: _("Possible unblinding"),
    Query: _("Query"),
    QueryMessage: _("Message of a query"),
    Signature: _("Signature"),
}
OF_THE_STUDY: dict[type[Model], Any] = {
    StaffMember: _("Account"),
    Delegation: _("Delegation"),
    StudySite: _("Study site"),
    Occurrence: _("Sign-ins and copies"),
    AuditReview: _("Review of the audit trail"),
    MonitoringVisit: _("Monitoring visit"),
    StudyUnblinding: _("Final unblinding"),
}
# Of the looks it is told that they happened, never why.
LOOKS: dict[type[Model], Any] = {AccessRecord: _("Look at unblinded data")}
LOOKS_AT_THE_STUDY: dict[type[Model], Any] = {StudyAccess: _("Look at the whole study by treatment")}
# Written by a sibling app, which this one cannot import.
EXPORTS = {"exports_export": _("Export")}
# From what tells of a participant to the columns that name participant and study site.
PATHS: dict[type[Model], str] = {QueryMessage: "query__"}
TITLES: dict[str, Any] = EXPORTS | {
    model._meta.db_table: title
    for model, title in (
        OF_THE_PARTICIPANT | ABOUT_THE_PARTICIPANT | OF_THE_STUDY | LOOKS | LOOKS_AT_THE_STUDY
    ).items()
}
UNTOLD = frozenset(model._meta.db_table for model in LOOKS | LOOKS_AT_THE_STUDY)
# Told in full once the database is locked.
UNTIL_LOCK = frozenset(dataset.model._meta.db_table for dataset in DATASETS if dataset.until_lock)


@dataclass(frozen=True)
class Told:
    """One event as people read it; `prompted` are the queries that were to be settled when a value changed. When
    `by_day` it stands for every look of a day, and `at` is the beginning of it."""

    at: datetime
    by_day: bool
    subject: str
    who: str
    role: str | Promise
    what: str | Promise
    operation: str
    differences: list[Difference]
    reason: str
    reason_at: ReasonAt | None
    prompted: tuple[Query, ...]


def trail_of(subject: Subject) -> QuerySet[Event]:
    """Every event of a participant, newest first."""
    tables = [model._meta.db_table for model in OF_THE_PARTICIPANT]
    where = Q(subject_id=subject.pk, table__in=tables)
    for model in ABOUT_THE_PARTICIPANT:
        keys = model._default_manager.filter(**{f"{PATHS.get(model, '')}subject": subject.number}).values(
            "pk"
        )
        where |= Q(table=model._meta.db_table, record_id__in=keys)
    return Event.objects.filter(where).order_by("-id")


def told(events: Iterable[Event]) -> list[Told]:
    events, name_of = masked(events), naming()
    prompting, numbers = prompting_queries(events), numbers_of(events)
    kept, by_day, places = untold(), told_by_day(), reasons_at(events)
    return [
        tell(
            event, numbers[event.pk], name_of, prompting.get(event.pk, ()), places.get(event.pk), kept, by_day
        )
        for event in events
    ]


def untold() -> frozenset[str]:
    """Of which tables it is told that something happened, and neither what nor why."""
    return UNTOLD if database_lock() else UNTOLD | UNTIL_LOCK


def told_by_day() -> frozenset[str]:
    """Of which tables, until the study is unblinded, one row stands for all that a person did in a day."""
    return frozenset() if study_unblinding() else UNTOLD


def numbers_of(events: Iterable[Event]) -> dict[int, str]:
    """Which participant each event is about, by event id; "" for none."""
    keys: dict[str, set[int]] = defaultdict(set)
    for event in events:
        keys[event.table].add(event.record_id or 0)
    subjects = {event.subject_id for event in events if event.subject_id is not None}
    known = dict(Subject.objects.filter(pk__in=subjects).values_list("pk", "number"))
    about = {
        (table, pk): number
        for model in ABOUT_THE_PARTICIPANT
        if (table := model._meta.db_table) in keys
        for pk, number in model._default_manager.filter(pk__in=keys[table]).values_list(
            "pk", f"{PATHS.get(model, '')}subject"
        )
    }
    return {
        event.pk: known.get(event.subject_id or 0, "") or about.get((event.table, event.record_id or 0), "")
        for event in events
    }


def beginning_of_day(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def tell(
    event: Event,
    subject: str,
    name_of: NameOf,
    prompting: tuple[Query, ...],
    place: ReasonAt | None,
    kept: frozenset[str],
    by_day: frozenset[str],
) -> Told:
    is_kept = event.table in kept
    return Told(
        beginning_of_day(event.at) if event.table in by_day else event.at,
        event.table in by_day,
        subject,
        who_did(event),
        role_in(event),
        TITLES[event.table],
        event.get_operation_display(),
        [] if is_kept else differences(event, name_of),
        "" if is_kept else event.reason,
        None if is_kept else place,
        prompting,
    )
