"""Reserving and giving up the time of an infusion."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dosing.actions.refusals import refuse
from dosing.models import InfusionSlot, SlotState
from dosing.rules.slots import slot_problem
from dosing.selectors import order_of, planning, slot_of
from enrollment.actions import plan_infusion
from enrollment.actions.subjects import TAKING_PART, lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import protocol_of, standing
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require


@action
def reserve_slot(subject: Subject, *, starts_at: datetime, by: Actor, at: datetime) -> InfusionSlot:
    """Reserve a time inside the window, also before eligibility is signed: the last days of a window are few.

    Two people cannot take the same one: the database decides who was first.
    """
    require(by, Task.SCHEDULE_INFUSION, subject.site_id)
    lock(subject, *SubjectState)
    if obstacle := slot_obstacle(subject):
        raise Refused(obstacle)
    if slot_of(subject):
        raise Refused(_("This participant has a reserved infusion already. Cancel it first."))
    refuse(slot_problem(starts_at, planning(subject, at=at)), protocol_of(subject))
    slot = _take(subject, starts_at, by)
    plan_infusion(subject, starts_at=starts_at, by=by)
    return slot


def slot_obstacle(subject: Subject) -> str:
    """Why there is no infusion to plan for this participant at all, or ""."""
    if subject.state not in TAKING_PART:
        return _("There is no infusion to plan: the participant's state is “%(state)s”.") % {
            "state": subject.get_state_display()
        }
    if not standing(subject).treatment_stands:
        return _("There is no infusion to plan: the participant has ended treatment or withdrawn consent.")
    return ""


def _take(subject: Subject, starts_at: datetime, by: Actor) -> InfusionSlot:
    try:
        with transaction.atomic():
            return InfusionSlot.objects.create(
                subject=subject, site=subject.site, starts_at=starts_at, reserved_by_id=by.person_id
            )
    except IntegrityError as error:
        if "slot_taken_once" not in str(error):
            raise
        raise Refused(_("This time was just taken. Choose another one.")) from None


@action
def cancel_slot(slot: InfusionSlot, *, reason: str, by: Actor, at: datetime) -> None:
    """Give a reserved time back. The row stays, with the reason, and the pharmacy sees that it was cancelled."""
    require(by, Task.SCHEDULE_INFUSION, slot.site_id)
    lock(slot.subject, *SubjectState)
    slot.refresh_from_db()
    if slot.state != SlotState.RESERVED:
        raise Refused(_("This slot is no longer reserved."))
    if order_of(slot.subject):
        raise Refused(_("The infusion is ordered already. Its slot cannot be cancelled."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why the slot is cancelled.")})
    slot.state, slot.cancelled_at, slot.cancel_reason = SlotState.CANCELLED, at, reason
    slot.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    plan_infusion(slot.subject, starts_at=None, by=by)
