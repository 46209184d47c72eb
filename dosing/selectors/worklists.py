"""Who must be infused, and what the pharmacy must prepare."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from dosing.models import Infusion, InfusionOrder, InfusionSlot, OrderState, SlotState
from dosing.rules.preparation import release_from
from dosing.rules.slots import closes_at, elapsed
from dosing.selectors.bedside import order_of
from dosing.selectors.slots import slot_of
from enrollment.models import Subject, SubjectState
from enrollment.rules import Window
from enrollment.selectors import infusion_window, protocol_of, sites_for, standing
from randomization.models import Kit
from randomization.selectors import kit_of
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task

WAITING = (SubjectState.ELIGIBLE, SubjectState.RANDOMIZED)
# An order that is not called off.
ACTIVE = tuple(state for state in OrderState if state != OrderState.CANCELLED)


@dataclass(frozen=True)
class DueInfusion:
    """A participant who must be infused: until when, and what comes next."""

    subject: Subject
    window: Window | None
    slot: InfusionSlot | None
    order: InfusionOrder | None
    today: date
    hours_left: int | None

    @property
    def last_day(self) -> date:
        return self.window.last if self.window else date.max

    @property
    def missed(self) -> bool:
        return self.last_day < self.today

    @property
    def closing(self) -> bool:
        """Is the window so close to its end that somebody must see to it now?"""
        return self.hours_left is not None and self.hours_left < max(
            protocol_of(self.subject).infusion.warn_hours
        )

    @property
    def next_step(self) -> str:
        if self.order:
            return self.order.state
        if self.slot is None:
            return "reserve"
        return "order" if self.subject.state == SubjectState.RANDOMIZED else "randomize"


def due_infusions(actor: Actor, at: datetime, among: QuerySet[Subject] | None = None) -> list[DueInfusion]:
    """Who of the actor's participants (or of those `among` them) must still be infused, by the last possible day."""
    subjects = Subject.objects.all() if among is None else among
    waiting = subjects.filter(site__in=sites_for(actor), state__in=WAITING).select_related("site")
    not_given = waiting.exclude(pk__in=Infusion.objects.exclude(stopped_at=None).values("subject"))
    due = [_due(subject, at) for subject in not_given if standing(subject).treatment_stands]
    return sorted(due, key=lambda one: (one.last_day, one.subject.number))


def _due(subject: Subject, at: datetime) -> DueInfusion:
    window = infusion_window(subject)
    left = elapsed(at, closes_at(window, subject.site.tz)) // timedelta(hours=1) if window else None
    return DueInfusion(
        subject, window, slot_of(subject), order_of(subject), subject.site.date_of(at), hours_left=left
    )


def orders_at(actor: Actor, states: Iterable[str]) -> QuerySet[InfusionOrder]:
    """Orders in these states at the sites where the actor prepares the product, in order of planned start."""
    orders = InfusionOrder.objects.filter(subject__site__in=sites_for(actor, Task.PREPARE_PRODUCT))
    related = orders.select_related("subject__site", "kit", "slot", "release", "ordered_by")
    return related.filter(state__in=states).order_by("slot__starts_at")


@dataclass(frozen=True)
class ToPrepare:
    """A bag to be prepared today or tomorrow: for whom, by when, from which kit."""

    subject: Subject
    slot: InfusionSlot
    order: InfusionOrder | None
    kit: Kit | None
    today: date

    @property
    def release_from(self) -> datetime:
        return release_from(self.slot.starts_at, protocol_of(self.subject))

    @property
    def is_today(self) -> bool:
        return self.slot.on == self.today


def bags_to_prepare(actor: Actor, at: datetime) -> list[ToPrepare]:
    """What the pharmacies of this person must prepare today and tomorrow, on the calendar of each site."""
    sites = sites_for(actor, Task.PREPARE_PRODUCT)
    slots = InfusionSlot.objects.filter(site__in=sites, state=SlotState.RESERVED).order_by("starts_at")
    found = [_to_prepare(slot, at) for slot in slots.select_related("subject__site")]
    return [one for one in found if timedelta(0) <= one.slot.on - one.today <= timedelta(days=1)]


def _to_prepare(slot: InfusionSlot, at: datetime) -> ToPrepare:
    subject = slot.subject
    return ToPrepare(subject, slot, order_of(subject), kit_of(subject), subject.site.date_of(at))


def sites_with_unit(actor: Actor) -> QuerySet[StudySite]:
    """The study sites whose infusion unit this person may set up."""
    return sites_for(actor, Task.SCHEDULE_INFUSION, Task.PREPARE_PRODUCT)


def announced_slots(actor: Actor, at: datetime) -> QuerySet[InfusionSlot]:
    """Slots to come without an order, cancelled ones among them, so that the pharmacy can plan."""
    slots = InfusionSlot.objects.filter(site__in=sites_for(actor, Task.PREPARE_PRODUCT))
    coming = slots.filter(starts_at__gte=at).exclude(orders__state__in=ACTIVE)
    return coming.select_related("subject__site").order_by("starts_at", "id")
