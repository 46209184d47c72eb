"""What happens to a bag outside the pharmacy, told to the ledger of kits. It answers nothing, whatever it holds."""

from datetime import datetime

from dosing.models import Infusion, InfusionOrder
from dosing.rules.bedside import given_in_full
from enrollment.selectors import protocol_of
from randomization.actions import record_kit_step
from randomization.models import Kit, Step
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember


def tell_ledger(
    order: InfusionOrder, step: Step, *, by: Actor, at: datetime, second_person: StaffMember | None = None
) -> None:
    record_kit_step(order.kit, step=step, by=by, at=at, second_person=second_person)


def tell_ledger_not_given(order: InfusionOrder, *, by: Actor, at: datetime) -> None:
    """A released bag whose order is over was prepared but not given, unless somebody got it."""
    if hasattr(order, "release") and not Infusion.objects.filter(bag_code=order.kit.number).exists():
        tell_ledger(order, Step.NOT_GIVEN, by=by, at=at)


def tell_ledger_how_much(infusion: Infusion, *, by: Actor, at: datetime) -> None:
    """Given in full or in part; the bag may be anybody's, or one that nobody knows."""
    kit = Kit.objects.filter(number=infusion.bag_code).select_related("subject").first()
    if kit:
        full = given_in_full(infusion.volume_ml, protocol_of(infusion.subject))
        record_kit_step(kit, step=Step.GIVEN if full else Step.PART_GIVEN, by=by, at=at)
