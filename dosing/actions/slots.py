"""Reserving, moving and giving up the time of an infusion."""

from datetime import datetime

from django.utils.translation import gettext as _

from dosing.actions.notices import tell_pharmacy
from dosing.actions.refusals import refuse
from dosing.models import InfusionSlot, InfusionUnit, SlotState
from dosing.rules.slots import slot_problem
from dosing.selectors import order_of, planning, slot_of
from enrollment.actions import plan_infusion
from enrollment.actions.subjects import TAKING_PART, lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import standing
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require


@action
def reserve_slot(subject: Subject, *, starts_at: datetime, by: Actor, at: datetime) -> InfusionSlot:
    """Reserve a time inside the window, also before eligibility is signed: the last days of a window are few.

    Two people cannot take the same one, nor the last one of a day: they wait for each other in `hold_planning`,
    and constraints keep it whoever writes.
    """
    require(by, Task.SCHEDULE_INFUSION, subject.site_id)
    lock(subject, *SubjectState)
    if slot_of(subject):
        raise Refused(_("This participant has a reserved infusion already. Move or cancel it."))
    return _reserve(subject, starts_at, by=by, at=at)


@action
def move_slot(
    slot: InfusionSlot, *, starts_at: datetime, reason: str, by: Actor, at: datetime
) -> InfusionSlot:
    """Another time for the same participant. The old slot stays as history, and the pharmacy is told."""
    require(by, Task.SCHEDULE_INFUSION, slot.site_id)
    _give_back(slot, reason, at=at)
    moved = _reserve(slot.subject, starts_at, by=by, at=at)
    tell_pharmacy(moved, at=at)
    return moved


@action
def cancel_slot(slot: InfusionSlot, *, reason: str, by: Actor, at: datetime) -> None:
    """Give a reserved time back. The row stays, with the reason, and the pharmacy is told."""
    require(by, Task.SCHEDULE_INFUSION, slot.site_id)
    _give_back(slot, reason, at=at)
    plan_infusion(slot.subject, starts_at=None, by=by)
    tell_pharmacy(slot, at=at)


def slot_obstacle(subject: Subject) -> str:
    """Why there is no infusion to plan for this participant at all, or ""."""
    if subject.state not in TAKING_PART:
        return _("There is no infusion to plan: the participant's state is “%(state)s”.") % {
            "state": subject.get_state_display()
        }
    if not standing(subject).treatment_stands:
        return _("There is no infusion to plan: the participant has ended treatment or withdrawn consent.")
    return ""


def _reserve(subject: Subject, starts_at: datetime, *, by: Actor, at: datetime) -> InfusionSlot:
    if obstacle := slot_obstacle(subject):
        raise Refused(obstacle)
    hold_planning(subject)
    facts = planning(subject, at=at)
    refuse(slot_problem(starts_at, facts), facts.protocol)
    if facts.window is None:
        raise LookupError("slot_problem refuses without a window")
    slot = InfusionSlot.objects.create(
        subject=subject,
        site=subject.site,
        starts_at=starts_at,
        on=subject.site.date_of(starts_at),
        first_day=facts.window.first,
        last_day=facts.window.last,
        reserved_by_id=by.person_id,
    )
    plan_infusion(subject, starts_at=starts_at, by=by)
    return slot


def hold_planning(subject: Subject) -> None:
    """Until the action ends nobody else plans an infusion in this study: the first ones are kept apart."""
    InfusionUnit.objects.get_or_create(site=subject.site)
    list(InfusionUnit.objects.select_for_update().order_by("pk"))


def _give_back(slot: InfusionSlot, reason: str, *, at: datetime) -> None:
    lock(slot.subject, *SubjectState)
    slot.refresh_from_db()
    if slot.state != SlotState.RESERVED:
        raise Refused(_("This slot is no longer reserved."))
    if order_of(slot.subject):
        raise Refused(_("The infusion is ordered already. Its slot cannot be changed."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why the slot is cancelled or moved.")})
    slot.state, slot.cancelled_at, slot.cancel_reason = SlotState.CANCELLED, at, reason
    slot.save(update_fields=["state", "cancelled_at", "cancel_reason"])
