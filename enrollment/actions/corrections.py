"""The screening form after the verdict: read-only once signed, and what it takes to change it nevertheless.

Before randomization an investigator takes the signature back, with a reason. After it a correction is a deviation;
it voids nothing, moves no allocation and tells the investigators.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from enrollment.actions.screening import ask, refuse_impossible
from enrollment.actions.subjects import lock, move
from enrollment.models import Screening, Subject, SubjectState
from enrollment.rules import assess, unmet_criteria
from enrollment.selectors import SIGNABLE, facts_of, last_eligible, people_who_assess, protocol_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.notices import plan_notices
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled, raise_deviation
from trial_site.monitoring.models import DeviationGrade, DeviationKind
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import ref_of

CORRECTED = "corrected"
AFTER_RANDOMIZATION = (SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)


@action
def unsign_eligibility(subject: Subject, *, reason: str, by: Actor, at: datetime) -> None:
    """The signed eligibility no longer counts, and the form can be changed; the signed assessment stays."""
    require(by, Task.ASSESS_ELIGIBILITY, subject.site_id)
    lock(subject, SubjectState.ELIGIBLE)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why the signature is taken back.")})
    move(subject, SubjectState.CONSENTED)


@action
def correct_screening(
    screening: Screening,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> list[str]:
    """Change a fact after randomization. Returns the changed fields; each correction raises one deviation."""
    subject = screening.subject
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, *AFTER_RANDOMIZATION)
    refuse_impossible(subject, values, at=at)
    changed = amend(screening, values, version=version, reason=reason)
    close_settled(ref_of("SC", screening), changed=changed, at=at)
    ask(screening, [concern for concern in concerns if concern.field in changed], at=at)
    if changed and last_eligible(subject):
        _report(screening, changed, by=by, at=at)
        _tell(screening, at=at)
    return changed


def _report(screening: Screening, changed: Sequence[str], *, by: Actor, at: datetime) -> None:
    """Major when the participant would not have been eligible on the corrected facts."""
    subject = screening.subject
    assessment = last_eligible(subject)
    on = date.fromisoformat(assessment.verdict["on"]) if assessment else subject.site.date_of(at)
    verdict = assess(facts_of(subject), protocol_of(subject), on)
    said = _("Screening data corrected after randomization: %(fields)s.") % {
        "fields": "; ".join(str(label_of("SC", name)) for name in changed)
    }
    if failed := ", ".join(result.code for result in unmet_criteria(verdict)):
        said += " " + _("Not met on the corrected data: %(criteria)s.") % {"criteria": failed}
    raise_deviation(
        ref_of("SC", screening),
        kind=DeviationKind.ELIGIBILITY,
        grade=DeviationGrade.MINOR if verdict.outcome in SIGNABLE else DeviationGrade.MAJOR,
        text=said,
        occurred_on=subject.site.date_of(at),
        cause=f"screening corrected:{screening.pk}:{screening.version}",
        by=by,
        at=at,
    )


def _tell(screening: Screening, *, at: datetime) -> None:
    """The investigators of the study site; the letter names nobody."""
    site = screening.subject.site
    what = f"{CORRECTED}:{screening.pk}:{screening.version}"
    plan_notices(CORRECTED, what, people_who_assess(site, at=at), site=site, on=site.date_of(at), at=at)
