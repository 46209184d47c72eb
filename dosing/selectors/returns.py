"""Bags that are not back in the pharmacy yet: given, given in part, not given, or called off by nobody in person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from dosing.models import Infusion, InfusionOrder, OrderState
from dosing.rules.bedside import given_in_full
from dosing.rules.problems import PATHS
from enrollment.models import Subject
from enrollment.selectors import protocol_of, sites_for
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task

# Who reported a problem of one of these kinds knows where the bag is.
LOSING = tuple(kind for kind, path in PATHS.items() if path.bag_lost)


@dataclass(frozen=True)
class BagOut:
    """A released bag whose order is over, before its return; nothing here tells what it held.

    infusion: in which it was given, also to somebody else; called_off: by an ending, or because of another bag.
    """

    order: InfusionOrder
    infusion: Infusion | None
    called_off: bool

    @property
    def subject(self) -> Subject:
        return self.order.subject

    @property
    def left(self) -> bool:
        """Has it left the pharmacy? What was given without the system has."""
        return self.infusion is not None or hasattr(self.order, "handover")

    @property
    def given(self) -> str:
        """What became of it: "full", "part" or "no"."""
        if self.infusion is None or not self.infusion.volume_ml:
            return "no"
        return "full" if given_in_full(self.infusion.volume_ml, protocol_of(self.subject)) else "part"

    @property
    def since(self) -> datetime:
        """The last thing that is known of it."""
        if self.infusion and self.infusion.stopped_at:
            return self.infusion.stopped_at
        handover = getattr(self.order, "handover", None)
        return handover.handed_over_at if handover else self.order.ordered_at


def bags_out(actor: Actor) -> list[BagOut]:
    """What the pharmacies of this person wait for, in order of the planned infusion."""
    sites = sites_for(actor, Task.PREPARE_PRODUCT)
    return list(_out(_over().filter(subject__site__in=sites)))


def bags_out_of(subject: Subject) -> list[BagOut]:
    return list(_out(_over().filter(subject=subject)))


def _over() -> QuerySet[InfusionOrder]:
    over = InfusionOrder.objects.filter(state__in=[OrderState.FINISHED, OrderState.CANCELLED])
    released = over.filter(release__isnull=False, bagreturn=None)
    related = released.select_related("subject__site", "kit", "slot", "release", "handover")
    return related.order_by("slot__starts_at", "id")


def _out(orders: QuerySet[InfusionOrder]) -> Iterator[BagOut]:
    """Without those that a problem kept in the pharmacy: they lie there, and the ledger knows it."""
    lost = set(orders.filter(problems__kind__in=LOSING).values_list("pk", flat=True))
    bags = Infusion.objects.filter(bag_code__in=orders.values("kit__number")).order_by("id")
    given = {infusion.bag_code: infusion for infusion in bags}
    for order in orders:
        infusion = given.get(order.kit.number)
        bag = BagOut(order, infusion, called_off=infusion is None and order.pk not in lost)
        if bag.left or bag.called_off:
            yield bag
