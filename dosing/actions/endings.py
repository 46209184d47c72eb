"""What waits for a participant whose treatment has ended is given up: their slot, and an order not yet at the bed.

Dosing asks, nobody tells it; a Celery task does so every minute. Until then nothing can happen: every step at the
bedside and in the pharmacy asks again by itself. Each participant is a transaction of their own: who waits for the
ledger of kits must not hold somebody else's row.
"""

from datetime import datetime

from dosing.actions.bags import NOT_STARTED, call_off
from dosing.models import InfusionOrder, InfusionSlot, SlotState
from dosing.selectors import events_before_dose
from enrollment.actions import plan_infusion
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.rules.consequences import CONSEQUENCES, Order, Slot
from trial_site.audit.action import action
from trial_site.core.actors import Actor


def settle_endings(*, by: Actor, at: datetime) -> None:
    """Give up the slots and orders of everybody whose treatment has ended, as the table of consequences says."""
    waiting = Subject.objects.filter(slots__state=SlotState.RESERVED).select_related("site").distinct()
    for subject in waiting:
        settle_ending(subject, by=by, at=at)


@action
def settle_ending(subject: Subject, *, by: Actor, at: datetime) -> None:
    lock(subject, *SubjectState)
    rows = [CONSEQUENCES[event] for event in events_before_dose(subject, at=at)]
    if any(row.order is Order.CANCELLED for row in rows):
        for order in InfusionOrder.objects.filter(subject=subject, state__in=NOT_STARTED):
            call_off(order, by=by, at=at)
    if any(row.slot is Slot.GIVEN_BACK for row in rows):
        _give_back(subject, by=by, at=at)


def _give_back(subject: Subject, *, by: Actor, at: datetime) -> None:
    for slot in InfusionSlot.objects.filter(subject=subject, state=SlotState.RESERVED):
        slot.state, slot.cancelled_at, slot.cancel_reason = SlotState.CANCELLED, at, ENDED
        slot.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    plan_infusion(subject, starts_at=None, by=by)


ENDED = "No infusion will be given."
