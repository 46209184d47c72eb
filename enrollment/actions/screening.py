"""The screening form: saved while the participant is being screened, corrected with a reason until randomized."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.actions.drafts import explain
from enrollment.actions.subjects import lock
from enrollment.models import PARTIAL_DATES, SCREENING_FACTS, Screening, Subject, SubjectState
from enrollment.rules.answers import Source
from enrollment.rules.facts import LIMITS
from enrollment.rules.partial import PartialDate
from enrollment.selectors import consent_of, facts_from, screening_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled, open_query
from trial_site.monitoring.models import Query
from trial_site.monitoring.selectors import ref_of

# Procedures of the study: earlier than consent only as routine care (ICH E6(R3) 2.8).
PROCEDURES = ("vital_signs_date", "imaging_date", "pregnancy_test_date")


@action
def record_screening(
    subject: Subject,
    *,
    values: Mapping[str, Any],
    reason: str = "",
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> Screening:
    """Save the form for the first time; `concerns` are soft checks the person confirmed, each leaves a query.

    A reason is owed only when a value changed after a verdict on the draft was shown.
    """
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, SubjectState.CONSENTED)
    if screening_of(subject) is not None:
        raise Refused(_("Somebody else saved this form meanwhile. Open it again; nothing was overwritten."))
    refuse_impossible(subject, values, at=at)
    explain(subject, values, reason=reason, by=by, at=at)
    screening = Screening.objects.create(subject=subject, **values)
    ask(screening, concerns, at=at)
    return screening


@action
def amend_screening(
    screening: Screening,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> list[str]:
    """Correct a saved form while the participant is screened; once signed it is read-only (corrections.py)."""
    subject = screening.subject
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, SubjectState.CONSENTED)
    refuse_impossible(subject, values, at=at)
    explain(subject, vars(screening) | dict(values), reason=reason, by=by, at=at)
    changed = amend(screening, values, version=version, reason=reason)
    close_settled(ref_of("SC", screening), changed=changed, at=at)
    ask(screening, [concern for concern in concerns if concern.field in changed], at=at)
    return changed


def impossible(subject: Subject, values: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """A sentence for each value that no human being, calendar or consented procedure can have."""
    return outside_limits(values) | _in_the_future(values, today) | _before_consent(subject, values)


def refuse_impossible(subject: Subject, values: Mapping[str, Any], *, at: datetime) -> None:
    if wrong := impossible(subject, values, today=subject.site.date_of(at)):
        raise Refused(fields=wrong)
    facts_from(subject, values)


def outside_limits(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: _("Not possible: must lie between %(low)s and %(high)s.") % {"low": low, "high": high}
        for name, (low, high) in LIMITS.items()
        if values.get(name) is not None and not low <= values[name] <= high
    }


def _in_the_future(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """Of a partial date, every day it may mean."""
    dates = {name: value for name in SCREENING_FACTS if isinstance(value := values.get(name), date)}
    partial = {name: PartialDate.read(values[name]).first for name in PARTIAL_DATES if values.get(name)}
    return {name: _("This date is in the future.") for name, day in (dates | partial).items() if day > today}


def _before_consent(subject: Subject, values: Mapping[str, Any]) -> dict[str, str]:
    consent, sources = consent_of(subject), values.get("sources") or {}
    consented_on = subject.site.date_of(consent.given_at) if consent else date.max
    return {
        name: _("Before consent of %(date)s: allowed as routine care only. Mark it so.")
        % {"date": consented_on}
        for name in PROCEDURES
        if values.get(name) and values[name] < consented_on and sources.get(name) != Source.ROUTINE_CARE
    }


def ask(screening: Screening, concerns: Iterable[Concern], *, at: datetime) -> None:
    """Leave a query for each soft check the person confirmed."""
    for concern in concerns:
        ref = ref_of("SC", screening, concern.field)
        open_query(
            ref, text=str(concern.message), origin=Query.Origin.CHECK, by=Actor.system("edit check"), at=at
        )
