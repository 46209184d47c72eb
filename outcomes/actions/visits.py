"""Recording and amending the case report forms of a visit."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.queries import ask
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from outcomes.actions import drafts, edit_checks
from outcomes.actions.blind import require_blind, task_for
from outcomes.actions.ct_reads import give_code
from outcomes.actions.deviations import deviate_from_window
from outcomes.models import VISIT_MODELS, ChestCt, Visit, VisitForm
from outcomes.rules.checks import fields_in_doubt, impossible
from outcomes.rules.schedule import impossible_date
from outcomes.selectors import (
    VisitContext,
    person_of,
    record_of,
    records_of,
    values_of,
    visit_context,
    visit_facts,
)
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, can
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled
from trial_site.monitoring.selectors import ref_of


@action
def record_visit_form(
    subject: Subject,
    visit_key: str,
    *,
    form: str,
    took_place_on: date,
    values: Mapping[str, Any],
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> VisitForm:
    """Save one form of a visit; the first form saved says when the visit took place.

    A date outside the visit window is accepted: the truth is not refused. `concerns` are the soft checks that
    the person confirmed; each leaves a query.
    """
    require_blind(by, task_for(form), subject)
    lock(subject, SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)
    context = _expected(subject, visit_key, form, at=at)
    edit_checks.refuse(impossible(form, values, person_of(subject, at=at)), form)
    if record_of(context.visit, form):
        raise Refused(_("This form is recorded already. Open it to change it."))
    visit = context.visit or _begin(context, took_place_on, by=by, at=at)
    if visit.took_place_on != took_place_on:
        raise Refused(fields={"took_place_on": _("Another form of this visit says another date.")})
    record = VISIT_MODELS[form]._default_manager.create(subject=subject, visit=visit, **values)
    if isinstance(record, ChestCt):
        give_code(record)
    drafts.forget(subject, form=form, place=visit_key, by=by)
    _ask(form, record, concerns, at=at)
    return record


@action
def amend_visit_form(
    record: VisitForm,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> list[str]:
    """Change a saved form; returns the changed fields. Queries of checks that no longer fire are closed."""
    form = next(code for code, model in VISIT_MODELS.items() if isinstance(record, model))
    require_blind(by, task_for(form), record.subject)
    lock(record.subject, SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)
    edit_checks.refuse(
        impossible(form, {**values_of(record), **values}, person_of(record.subject, at=at)), form
    )
    changed = amend(record, values, version=version, reason=reason)
    drafts.forget(record.subject, form=form, place=record.visit.key, by=by)
    _settle(record.visit, form, changed, at=at)
    _ask(form, record, [concern for concern in concerns if concern.field in changed], at=at)
    return changed


@action
def correct_visit_date(visit: Visit, *, took_place_on: date, reason: str, by: Actor, at: datetime) -> None:
    """Change when a visit took place; both of its days follow."""
    require_blind(by, task_at_visit(by), visit.subject)
    lock(visit.subject, SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why a saved value changes.")})
    context = _expected(visit.subject, visit.key, at=at)
    visit.took_place_on = took_place_on
    visit.study_day, visit.randomization_day = _days(context, took_place_on, at=at)
    visit.save()
    deviate_from_window(context.planned, visit, by=by, at=at)
    _settle(visit, "VI", ["took_place_on"], at=at)


def task_at_visit(by: Actor) -> Task:
    """The task under which this person works at visits."""
    return Task.RECORD_LABORATORY if can(by, Task.RECORD_LABORATORY) else Task.ASSESS_OUTCOMES


def _expected(subject: Subject, key: str, form: str | None = None, *, at: datetime) -> VisitContext:
    context = visit_context(subject, key, on=subject.site.date_of(at))
    if context is None or form not in (None, *context.planned.forms):
        raise Refused(_("The protocol plans no such form for this participant."))
    if not context.course.settled:
        raise Refused(
            _("Visits follow the infusion. Record this visit once it is known whether one is given.")
        )
    return context


def _begin(context: VisitContext, took_place_on: date, *, by: Actor, at: datetime) -> Visit:
    study_day, randomization_day = _days(context, took_place_on, at=at)
    visit = Visit.objects.create(
        subject=context.subject,
        code=context.planned.code,
        repeat=context.planned.repeat,
        took_place_on=took_place_on,
        study_day=study_day,
        randomization_day=randomization_day,
    )
    deviate_from_window(context.planned, visit, by=by, at=at)
    return visit


def _days(context: VisitContext, took_place_on: date, *, at: datetime) -> tuple[int, int]:
    """Study day and randomization day of a date that can be true."""
    course, today = context.course, context.subject.site.date_of(at)
    edit_checks.refuse(impossible_date(course, took_place_on, today=today))
    return (took_place_on - course.anchor).days, (took_place_on - course.randomized_on).days


def _ask(form: str, record: VisitForm, concerns: Iterable[Concern], *, at: datetime) -> None:
    """A query per concern; one about the date belongs to the visit, which its forms share."""
    for concern in concerns:
        about_date = concern.field == "took_place_on"
        ask(ref_of("VI", record.visit) if about_date else ref_of(form, record), [concern], at=at)


def _settle(visit: Visit, form: str, changed: Collection[str], *, at: datetime) -> None:
    """Close what no longer has to be asked, in any form of the visit: checks look across forms."""
    facts = visit_facts(_expected(visit.subject, visit.key, at=at), visit.took_place_on)
    for code, record in {"VI": visit, **records_of(visit)}.items():
        close_settled(
            ref_of(code, record),
            changed=changed if code == form else (),
            doubted=fields_in_doubt(code, values_of(record), facts),
            at=at,
        )
