"""The investigator's decision, signed on the facts and the verdict of that moment."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from enrollment.actions.subjects import lock, move
from enrollment.models import EligibilityAssessment, Subject, SubjectState
from enrollment.rules import (
    Verdict,
    assess,
    facts_as_json,
    undetermined_criteria,
    unmet_criteria,
    verdict_as_json,
)
from enrollment.selectors import SIGNABLE, facts_of, protocol_of, screening_of, standing
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import sign
from trial_site.monitoring.models import Signature
from trial_site.monitoring.selectors import ref_of

Decision = EligibilityAssessment.Decision


@action
def sign_eligibility(
    subject: Subject, *, password: str, comment: str = "", by: Actor, at: datetime
) -> EligibilityAssessment:
    """Eligible: refused unless every criterion is met at this moment. Signing again renews the 24 hours."""
    require(by, Task.ASSESS_ELIGIBILITY, subject.site_id)
    lock(subject, SubjectState.CONSENTED, SubjectState.ELIGIBLE)
    if not standing(subject).treatment_stands:
        raise Refused(_("This participant can no longer be treated, so eligibility cannot be signed."))
    assessment, verdict = _assessment(subject, by=by, at=at)
    if verdict.outcome not in SIGNABLE:
        raise Refused(_("Not every criterion is met at this moment, so eligibility cannot be signed."))
    _refuse_old_vital_signs(subject, at=at)
    assessment.decision, assessment.comment = Decision.ELIGIBLE, comment
    _keep_and_sign(assessment, password, by=by, at=at)
    if subject.state != SubjectState.ELIGIBLE:
        move(subject, SubjectState.ELIGIBLE)
    return assessment


@action
def record_screen_failure(
    subject: Subject, *, reasons: Mapping[str, str], password: str, by: Actor, at: datetime
) -> EligibilityAssessment:
    """Not eligible: `reasons` holds a sentence for every criterion that is not met.

    A criterion that cannot be determined may be given as a reason, too: nobody has to wait for a test that will
    never be done.
    """
    require(by, Task.ASSESS_ELIGIBILITY, subject.site_id)
    lock(subject, SubjectState.CONSENTED, SubjectState.ELIGIBLE)
    assessment, verdict = _assessment(subject, by=by, at=at)
    given = {code: reason.strip() for code, reason in reasons.items() if reason.strip()}
    _refuse_other_reasons(given, verdict)
    assessment.decision, assessment.failed_criteria = Decision.SCREEN_FAILURE, given
    _keep_and_sign(assessment, password, by=by, at=at)
    move(subject, SubjectState.SCREEN_FAILED)
    return assessment


def _assessment(subject: Subject, *, by: Actor, at: datetime) -> tuple[EligibilityAssessment, Verdict]:
    """The facts and the verdict of this moment, not saved yet."""
    screening, facts = screening_of(subject), facts_of(subject)
    if screening is None:
        raise Refused(_("There is no screening form yet."))
    verdict = assess(facts, protocol_of(subject), subject.site.date_of(at))
    assessment = EligibilityAssessment(
        subject=subject,
        protocol_version=subject.protocol_version,
        screening_version=screening.version,
        facts=facts_as_json(facts),
        verdict=verdict_as_json(verdict),
        assessed_by_id=by.person_id,
        assessed_at=at,
    )
    return assessment, verdict


def _refuse_old_vital_signs(subject: Subject, *, at: datetime) -> None:
    """Severity is signed on vital signs no older than the signature may become."""
    measured, today = facts_of(subject).vital_signs_date, subject.site.date_of(at)
    oldest = today - timedelta(hours=protocol_of(subject).signature_valid_hours)
    if measured is None or measured < oldest:
        raise Refused(_("Vital signs must be measured again: severity is signed on those of the last day."))


def _refuse_other_reasons(given: Mapping[str, str], verdict: Verdict) -> None:
    failed = {result.code for result in unmet_criteria(verdict)}
    undetermined = {result.code for result in undetermined_criteria(verdict)}
    if missing := failed - given.keys():
        raise Refused(fields={code: _("Say why this criterion is not met.") for code in sorted(missing)})
    if not given or not given.keys() <= failed | undetermined:
        raise Refused(_("Reasons must be given for criteria that are not met or cannot be determined."))


def _keep_and_sign(assessment: EligibilityAssessment, password: str, *, by: Actor, at: datetime) -> None:
    assessment.save()
    sign(
        ref_of("EL", assessment),
        meaning=MEANINGS[Decision(assessment.decision)],
        content=signed_content(assessment),
        password=password,
        by=by,
        at=at,
    )


def signed_content(assessment: EligibilityAssessment) -> dict:
    """What the signature covers: everything the investigator saw and decided."""
    names = ("decision", "protocol_version", "facts", "verdict", "failed_criteria", "comment")
    return {name: getattr(assessment, name) for name in names}


MEANINGS = {
    Decision.ELIGIBLE: Signature.Meaning.ELIGIBLE,
    Decision.SCREEN_FAILURE: Signature.Meaning.SCREEN_FAILURE,
}
