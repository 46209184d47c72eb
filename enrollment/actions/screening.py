"""The screening form: saved while the participant is being screened, corrected with a reason until randomized."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.actions.drafts import explain
from enrollment.actions.subjects import lock
from enrollment.models import PARTIAL_DATES, SCREENING_FACTS, Screening, Subject, SubjectState
from enrollment.rules.facts import LIMITS
from enrollment.rules.partial import PartialDate
from enrollment.rules.procedures import TIMED, before_consent
from enrollment.selectors import consented_at, facts_from, screening_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled, open_query
from trial_site.monitoring.models import Query
from trial_site.monitoring.selectors import ref_of


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


def impossible(subject: Subject, values: Mapping[str, Any], *, at: datetime) -> dict[str, str]:
    """A sentence for each value that no human being, clock or consented procedure can have."""
    now = at.astimezone(subject.site.tz)
    return outside_limits(values) | _in_the_future(values, now) | _before_consent(subject, values)


def refuse_impossible(subject: Subject, values: Mapping[str, Any], *, at: datetime) -> None:
    if wrong := impossible(subject, values, at=at):
        raise Refused(fields=wrong)
    facts_from(subject, values)


def outside_limits(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: _("Not possible: must lie between %(low)s and %(high)s.") % {"low": low, "high": high}
        for name, (low, high) in LIMITS.items()
        if values.get(name) is not None and not low <= values[name] <= high
    }


def _in_the_future(values: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Of a partial date, every day it may mean."""
    today = now.date()
    dates = {name: value for name in SCREENING_FACTS if isinstance(value := values.get(name), date)}
    partial = {name: PartialDate.read(values[name]).first for name in PARTIAL_DATES if values.get(name)}
    wrong = {name: _("This date is in the future.") for name, day in (dates | partial).items() if day > today}
    return wrong | {
        name: _("This time is in the future.")
        for day, name in TIMED.items()
        if values.get(day) == today and (values.get(name) or time.min) > now.time()
    }


def _before_consent(subject: Subject, values: Mapping[str, Any]) -> dict[str, str]:
    consented, sources = consented_at(subject), values.get("sources") or {}
    wrong = {}
    for day, clock in TIMED.items():
        if done_on := values.get(day):
            why = before_consent(done_on, values.get(clock), sources.get(day), consented_at=consented)
            if why:
                field = day if why == "earlier_day" else clock
                wrong[field] = BEFORE_CONSENT[why] % {"date": consented.date(), "time": f"{consented:%H:%M}"}
    return wrong


BEFORE_CONSENT = {
    "earlier_day": gettext_lazy("Before consent of %(date)s: allowed as routine care only. Mark it so."),
    "earlier_time": gettext_lazy("Before consent at %(time)s: allowed as routine care only. Mark it so."),
    "time_unknown": gettext_lazy(
        "Consent was given on this day, at %(time)s: say at what time this was done, or mark it as routine care."
    ),
}


def ask(screening: Screening, concerns: Iterable[Concern], *, at: datetime) -> None:
    """Leave a query for each soft check the person confirmed."""
    for concern in concerns:
        ref = ref_of("SC", screening, concern.field)
        open_query(
            ref, text=str(concern.message), origin=Query.Origin.CHECK, by=Actor.system("edit check"), at=at
        )
