"""What ends without the participant deciding it: death, loss to follow-up, the investigator's decision.

Nothing is pushed from here: whoever has something waiting for the participant asks `enrollment.selectors.standing`.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.actions.subjects import TAKING_PART, lock, refuse_future
from enrollment.models import ContactAttempt, Ending, EndingKind, Subject, SubjectState
from enrollment.selectors import consent_of, days_in_vain, protocol_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require

MAY_RECORD = {
    EndingKind.DEATH: Task.RECORD_SAFETY,
    EndingKind.LOST: Task.SCREEN,
    EndingKind.DISCONTINUED: Task.ORDER_INFUSION,
    EndingKind.WORSENED: Task.ORDER_INFUSION,
}
# A death is a fact whatever the person had decided before; the others end what is still going on.
MAY_HAPPEN = {
    EndingKind.DEATH: (*TAKING_PART, SubjectState.SCREEN_FAILED, SubjectState.WITHDRAWN),
    EndingKind.LOST: TAKING_PART,
    EndingKind.DISCONTINUED: (SubjectState.RANDOMIZED,),
    EndingKind.WORSENED: (SubjectState.RANDOMIZED,),
}


@action
def record_ending(
    subject: Subject, *, kind: str, on: date, explanation: str, by: Actor, at: datetime
) -> Ending:
    """Death, loss to follow-up after attempts in vain, or the end of treatment as the investigator decides."""
    require(by, MAY_RECORD[EndingKind(kind)], subject.site_id)
    lock(subject, *MAY_HAPPEN[EndingKind(kind)])
    _refuse_day(subject, on, at=at)
    if not explanation.strip():
        raise Refused(fields={"explanation": _("Write a sentence.")})
    if subject.endings.filter(kind=kind, stands=True).exists():
        raise Refused(fields={"kind": _("This is recorded already.")})
    if kind == EndingKind.LOST:
        _require_attempts(subject)
    return Ending.objects.create(subject=subject, kind=kind, on=on, explanation=explanation.strip())


@action
def take_back_ending(ending: Ending, *, reason: str, by: Actor, at: datetime) -> None:
    """It was recorded in error, or the participant was found again; what it ended goes on."""
    require(by, MAY_RECORD[EndingKind(ending.kind)], ending.subject.site_id)
    lock(ending.subject, *SubjectState)
    ending.refresh_from_db()
    if not ending.stands:
        raise Refused(_("This no longer stands. Nothing was changed."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why this no longer stands.")})
    ending.stands = False
    ending.save(update_fields=["stands"])


@action
def record_contact_attempt(
    subject: Subject, *, on: date, means: str, reached: bool, by: Actor, at: datetime
) -> ContactAttempt:
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, *TAKING_PART)
    _refuse_day(subject, on, at=at)
    return ContactAttempt.objects.create(subject=subject, on=on, means=means, reached=reached)


def _refuse_day(subject: Subject, on: date, *, at: datetime) -> None:
    refuse_future(on, field="on", today=subject.site.date_of(at))
    consent = consent_of(subject)
    if consent and on < subject.site.date_of(consent.given_at):
        raise Refused(fields={"on": _("This is before consent.")})


def _require_attempts(subject: Subject) -> None:
    needed, tried = protocol_of(subject).lost_after_attempts, days_in_vain(subject)
    if tried < needed:
        raise Refused(
            fields={
                "kind": _(
                    "The protocol asks for attempts on %(needed)s days since the last contact; %(tried)s recorded."
                )
                % {"needed": needed, "tried": tried}
            }
        )
