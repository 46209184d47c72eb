"""A participant's way through the study: logged, planned, randomized, withdrawn."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.models import ScreeningDraft, Subject, SubjectState, Withdrawal, WithdrawalKind
from enrollment.selectors import infusion_window, protocol_approval, rescreenings_left
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import DeviationGrade, DeviationKind
from trial_site.monitoring.selectors import ref_of

BEFORE_CONSENT = (SubjectState.IDENTIFIED, SubjectState.DECLINED)
SINCE_CONSENT = tuple(state for state in SubjectState if state not in BEFORE_CONSENT)
TAKING_PART = (SubjectState.CONSENTED, SubjectState.ELIGIBLE, SubjectState.RANDOMIZED)
MAY_END = {
    WithdrawalKind.CONSENT: TAKING_PART,
    WithdrawalKind.TREATMENT: (SubjectState.RANDOMIZED,),
    WithdrawalKind.DATA_USE: (*TAKING_PART, SubjectState.SCREEN_FAILED, SubjectState.WITHDRAWN),
}


def lock(subject: Subject, *states: str) -> None:
    """Bring `subject` up to date and hold its row until the action ends. Refused in any state but `states`."""
    subject.refresh_from_db(from_queryset=Subject.objects.select_for_update(no_key=True))
    if subject.state not in states:
        raise Refused(
            _("This is not possible for participant %(number)s, whose state is “%(state)s”.")
            % {"number": subject.number, "state": subject.get_state_display()}
        )


def move(subject: Subject, state: str) -> None:
    """To another state; a draft of the screening form ends with the screening."""
    subject.state = state
    subject.save(update_fields=["state"])
    if state not in (SubjectState.CONSENTED, SubjectState.ELIGIBLE):
        ScreeningDraft.objects.filter(subject=subject).delete()


def refuse_future(day: date, *, field: str, today: date) -> None:
    if day > today:
        raise Refused(fields={field: _("This date is in the future.")})


@action
def log_person_seen(site: StudySite, *, on: date, by: Actor, at: datetime) -> Subject:
    """A new line of the screening log: the site's next number, and nothing that tells who the person is."""
    require(by, Task.SCREEN, site.pk)
    site = StudySite.objects.select_for_update(no_key=True).get(pk=site.pk)
    if not site.recruiting:
        raise Refused(_("Study site %(site)s does not recruit at present.") % {"site": site})
    refuse_future(on, field="on", today=site.date_of(at))
    return Subject.objects.create(
        number=f"{site.code}-{Subject.objects.filter(site=site).count() + 1:03d}",
        site=site,
        identified_on=on,
        protocol_version=_version_in_effect(site, on),
    )


def _version_in_effect(site: StudySite, on: date) -> str:
    approval = protocol_approval(site, on=on)
    if approval is None:
        raise Refused(fields={"on": _("No version of the protocol was in effect here on this date.")})
    return approval.version


@action
def log_rescreening(subject: Subject, *, on: date, by: Actor, at: datetime) -> Subject:
    """Once more from the beginning, under a new number linked to the first; consent is confirmed anew."""
    require(by, Task.SCREEN, subject.site_id)
    first = subject.rescreen_of or subject
    lock(first, SubjectState.SCREEN_FAILED)
    subject.refresh_from_db()
    if not rescreenings_left(subject):
        raise Refused(_("The protocol allows no further screening of this participant."))
    again = log_person_seen(subject.site, on=on, by=by, at=at)
    again.rescreen_of = first
    again.save(update_fields=["rescreen_of"])
    return again


@action
def record_declined(subject: Subject, *, by: Actor) -> None:
    """The person was asked and does not take part."""
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, SubjectState.IDENTIFIED)
    move(subject, SubjectState.DECLINED)


@action
def plan_infusion(subject: Subject, *, starts_at: datetime | None, by: Actor) -> None:
    """Keep when the infusion is planned, for the rules that look forward to it; None when a slot is given up."""
    if not by.is_system:
        require(by, Task.SCHEDULE_INFUSION, subject.site_id)
    if starts_at is None:
        lock(subject, *SubjectState)
    else:
        lock(subject, *TAKING_PART)
        window = infusion_window(subject)
        if window is None or not window.contains(subject.site.date_of(starts_at)):
            raise Refused(_("The infusion must be planned inside the infusion window."))
    subject.planned_infusion_at = starts_at
    subject.save(update_fields=["planned_infusion_at"])


@action
def mark_randomized(subject: Subject, *, by: Actor, at: datetime) -> None:
    """Called by randomization once the allocation is committed; also by the task that finishes a broken-off one."""
    if not by.is_system:
        require(by, Task.RANDOMIZE, subject.site_id)
    lock(subject, SubjectState.ELIGIBLE, SubjectState.CONSENTED)
    if subject.state == SubjectState.CONSENTED:
        _report_unsigned(subject, by=by, at=at)
        move(subject, SubjectState.ELIGIBLE)
    move(subject, SubjectState.RANDOMIZED)


def _report_unsigned(subject: Subject, *, by: Actor, at: datetime) -> None:
    """A place in the list belongs to whoever asked for it, so that taking a signature back voids nothing."""
    raise_deviation(
        ref_of("SU", subject),
        kind=DeviationKind.ELIGIBILITY,
        grade=DeviationGrade.MAJOR,
        text=_("Eligibility was taken back after randomization had been asked for; the place was taken."),
        occurred_on=subject.site.date_of(at),
        cause=f"randomized unsigned:{subject.pk}",
        by=by,
        at=at,
    )


@action
def record_withdrawal(
    subject: Subject, *, kind: str, on: date, stated_reason: str = "", by: Actor, at: datetime
) -> Withdrawal:
    """The participant ends consent, treatment or use of data; the reason is kept only if they gave one."""
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, *MAY_END[WithdrawalKind(kind)])
    refuse_future(on, field="on", today=subject.site.date_of(at))
    if on < subject.identified_on:
        raise Refused(fields={"on": _("This is before the person was first seen.")})
    if subject.withdrawals.filter(kind=kind).exists():
        raise Refused(fields={"kind": _("This is recorded already.")})
    withdrawal = Withdrawal.objects.create(subject=subject, kind=kind, on=on, stated_reason=stated_reason)
    if kind == WithdrawalKind.CONSENT:
        move(subject, SubjectState.WITHDRAWN)
    return withdrawal
