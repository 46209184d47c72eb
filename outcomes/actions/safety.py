"""Recording and amending adverse events."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from dosing.actions.queries import ask
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import consent_of
from outcomes.actions import edit_checks
from outcomes.actions.blind import require_blind
from outcomes.models import AdverseEvent
from outcomes.rules.events import doubtful_event, impossible_event
from outcomes.selectors import follow_up_ended_on, values_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.selectors import ref_of

BEFORE_CONSENT = (SubjectState.IDENTIFIED, SubjectState.DECLINED)
SINCE_CONSENT = tuple(state for state in SubjectState if state not in BEFORE_CONSENT)


@action
def record_adverse_event(
    subject: Subject,
    *,
    values: Mapping[str, Any],
    concerns: Iterable[Concern] = (),
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
    event = AdverseEvent.objects.create(subject=subject, number=number, **values)
    ask(ref_of("AE", event), concerns, at=at)
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
    changed = amend(event, values, version=version, reason=reason)
    doubted = doubtful_event(values_of(event))
    edit_checks.close_settled(ref_of("AE", event), changed=changed, doubted=doubted, at=at)
    ask(ref_of("AE", event), [concern for concern in concerns if concern.field in changed], at=at)
    return changed


def impossible_in(subject: Subject, values: Mapping[str, Any], *, at: datetime) -> dict[str, str]:
    """What cannot be true of an adverse event of this participant, as findings."""
    site, consent, ended_on = subject.site, consent_of(subject), follow_up_ended_on(subject)
    consented_on = site.date_of(consent.given_at) if consent else date.max
    found = impossible_event(values, consented_on=consented_on, today=site.date_of(at))
    return found | ({"started_on": "after_end"} if ended_on and values["started_on"] > ended_on else {})
