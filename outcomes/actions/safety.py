"""Adverse events: recording and amending them, reporting serious ones, assessing them for expedited reporting."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.queries import ask
from dosing.models import InfusionReaction
from enrollment.actions import record_ending
from enrollment.actions.subjects import SINCE_CONSENT, lock
from enrollment.models import EndingKind, Subject
from enrollment.rules.consequences import Event
from enrollment.selectors import consent_of, events_of
from outcomes.actions import edit_checks
from outcomes.actions.blind import require_blind
from outcomes.actions.deviations import deviate_of_late_report
from outcomes.actions.drafts import forget, place_of
from outcomes.actions.notices import tell_of_serious_event
from outcomes.models import AdverseEvent, AdverseEventOutcome, SafetyReport, SusarAssessment
from outcomes.rules.events import doubtful_event, impossible_event
from outcomes.rules.safety import reported_late
from outcomes.selectors import follow_up_ended_on, values_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled
from trial_site.monitoring.selectors import ref_of


@action
def record_adverse_event(
    subject: Subject,
    *,
    values: Mapping[str, Any],
    concerns: Iterable[Concern] = (),
    reaction: InfusionReaction | None = None,
    by: Actor,
    at: datetime,
) -> AdverseEvent:
    """A new adverse event; its causality stays open unless an investigator records it."""
    require(by, Task.RECORD_SAFETY, subject.site_id)
    if values.get("causality"):
        require_blind(by, Task.ASSESS_CAUSALITY, subject)
    lock(subject, *SINCE_CONSENT)
    edit_checks.refuse(impossible_in(subject, values, at=at))
    number = AdverseEvent.objects.filter(subject=subject).count() + 1
    event = AdverseEvent(subject=subject, number=number, reaction=reaction, **values)
    if event.serious:
        event.aware_at = event.aware_at or at
    event.save()
    if event.serious:
        tell_of_serious_event(event, at=at)
    _write_down_death(event, by=by, at=at)
    ask(ref_of("AE", event), concerns, at=at)
    forget(subject, form="AE", place=place_of("AE", reaction, by=by), by=by)
    return event


@action
def amend_adverse_event(
    event: AdverseEvent,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> list[str]:
    """Change or complete an adverse event; returns the changed fields."""
    require(by, Task.RECORD_SAFETY, event.subject.site_id)
    if values.get("causality", event.causality) != event.causality:
        require_blind(by, Task.ASSESS_CAUSALITY, event.subject)
    lock(event.subject, *SINCE_CONSENT)
    edit_checks.refuse(impossible_in(event.subject, {**values_of(event), **values}, at=at))
    became_serious = values.get("serious", False) and not event.serious
    if became_serious and not values.get("aware_at"):
        values = {**values, "aware_at": at}
    changed = amend(event, values, version=version, reason=reason)
    if became_serious:
        tell_of_serious_event(event, at=at)
    _write_down_death(event, by=by, at=at)
    doubted = doubtful_event(values_of(event))
    close_settled(ref_of("AE", event), changed=changed, doubted=doubted, at=at)
    ask(ref_of("AE", event), [concern for concern in concerns if concern.field in changed], at=at)
    forget(event.subject, form="AE", place=place_of("AE", event, by=by), by=by)
    return changed


def _write_down_death(event: AdverseEvent, *, by: Actor, at: datetime) -> None:
    """A fatal event says that the participant died; enrollment keeps it, where slot, order and reminders ask."""
    fatal = event.outcome == AdverseEventOutcome.FATAL and event.ended_on is not None
    if fatal and Event.DEATH not in events_of(event.subject):
        told = _("Adverse event %(number)s: %(term)s") % {"number": event.number, "term": event.term}
        record_ending(event.subject, kind=EndingKind.DEATH, on=event.ended_on, explanation=told, by=by, at=at)


@action
def report_serious_event(event: AdverseEvent, *, narrative: str, by: Actor, at: datetime) -> SafetyReport:
    """Report a serious event to the sponsor, or follow one up. A first report after 24 hours is a deviation."""
    require(by, Task.RECORD_SAFETY, event.subject.site_id)
    lock(event.subject, *SINCE_CONSENT)
    event.refresh_from_db()
    if not event.serious or event.aware_at is None:
        raise Refused(_("Only a serious event is reported."))
    if not narrative.strip():
        raise Refused(fields={"narrative": _("Write a sentence.")})
    number = event.reports.count() + 1
    if number == 1 and reported_late(event.aware_at, at):
        deviate_of_late_report(event, by=by, at=at)
    return SafetyReport.objects.create(
        subject=event.subject,
        event=event,
        number=number,
        narrative=narrative.strip(),
        reported_at=at,
        reported_by_id=by.person_id,
    )


@action
def assess_susar(
    event: AdverseEvent, *, values: Mapping[str, Any], by: Actor, at: datetime
) -> SusarAssessment:
    """The safety officer's judgement of a serious event; made anew when more is known, never changed."""
    require(by, Task.ASSESS_SUSAR, event.subject.site_id)
    if not event.serious:
        raise Refused(_("Only a serious event is assessed."))
    return SusarAssessment.objects.create(event=event, **values, assessed_at=at, assessed_by_id=by.person_id)


def impossible_in(subject: Subject, values: Mapping[str, Any], *, at: datetime) -> dict[str, str]:
    """What cannot be true of an adverse event of this participant, as findings."""
    site, consent, ended_on = subject.site, consent_of(subject), follow_up_ended_on(subject)
    consented_on = site.date_of(consent.given_at) if consent else date.max
    found = impossible_event(values, consented_on=consented_on, today=site.date_of(at))
    aware_at = values.get("aware_at")
    if aware_at and aware_at > at:
        found["aware_at"] = "future"
    elif aware_at and site.date_of(aware_at) < values["started_on"]:
        found["aware_at"] = "ends_before_onset"
    return found | ({"started_on": "after_end"} if ended_on and values["started_on"] > ended_on else {})
