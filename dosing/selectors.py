"""Reads of slots, orders and infusions, and the worklists made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from dosing.models import (
    Infusion,
    InfusionOrder,
    InfusionSlot,
    InfusionVitals,
    OrderState,
    SlotState,
    TimePoint,
)
from dosing.rules.bedside import Bedside
from dosing.rules.measurements import VITAL_SIGNS
from dosing.rules.slots import Planning, day_of_infection, days_of, possible_slots
from dosing.rules.time_points import BEFORE, Clock, planned_at
from enrollment.models import Subject, SubjectState
from enrollment.rules import Window
from enrollment.rules.consequences import Event
from enrollment.selectors import (
    delegated_for,
    events_of,
    infusion_window,
    protocol_of,
    sites_for,
    standing,
)
from randomization.selectors import randomization_of
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, can

WAITING = (SubjectState.ELIGIBLE, SubjectState.RANDOMIZED)


def planning(subject: Subject, *, at: datetime) -> Planning:
    """What decides about this participant's slots."""
    randomization = randomization_of(subject)
    return Planning(
        window=infusion_window(subject),
        zone=subject.site.tz,
        protocol=protocol_of(subject),
        at=at,
        randomized_at=randomization.randomized_at if randomization else None,
    )


def free_slots(subject: Subject, *, at: datetime) -> list[datetime]:
    """The starts this participant can have, earliest first, in the study site's zone."""
    taken = InfusionSlot.objects.filter(site=subject.site_id).exclude(state=SlotState.CANCELLED)
    occupied = set(taken.values_list("starts_at", flat=True))
    return [start for start in possible_slots(planning(subject, at=at)) if start not in occupied]


@dataclass(frozen=True)
class SlotDay:
    """A day of the window with its free starts; `number` is the day of infection."""

    on: date
    number: int
    days_left: int
    starts: list[datetime]


def free_days(subject: Subject, *, at: datetime) -> list[SlotDay]:
    """Every day of the window that is not over, with its free starts, perhaps none."""
    window, today = infusion_window(subject), subject.site.date_of(at)
    if window is None:
        return []
    starts, protocol = free_slots(subject, at=at), protocol_of(subject)
    return [
        SlotDay(
            on=day,
            number=day_of_infection(day, window, protocol),
            days_left=window.days_left(day),
            starts=[start for start in starts if start.date() == day],
        )
        for day in days_of(window)
        if day >= today
    ]


def slot_of(subject: Subject) -> InfusionSlot | None:
    """The reserved slot, or the one that was used."""
    slots = subject.slots.exclude(state=SlotState.CANCELLED).select_related("reserved_by")
    return slots.order_by("-id").first()


def events_before_dose(subject: Subject, *, at: datetime) -> frozenset[Event]:
    """What has ended for a participant who waits for an infusion, the closed window among it."""
    window = infusion_window(subject)
    closed = window is not None and window.last < subject.site.date_of(at)
    never = subject.state == SubjectState.RANDOMIZED and closed and infusion_of(subject) is None
    return events_of(subject) | ({Event.NEVER_INFUSED} if never else frozenset())


def order_of(subject: Subject) -> InfusionOrder | None:
    orders = InfusionOrder.objects.filter(subject=subject).exclude(state=OrderState.CANCELLED)
    return (
        orders.select_related("subject__site", "kit", "slot", "release", "infusion").order_by("-id").first()
    )


def infusion_of(subject: Subject) -> Infusion | None:
    infusions = Infusion.objects.filter(subject=subject).select_related("order__release", "subject__site")
    return infusions.order_by("-id").first()


def bedside(order: InfusionOrder, *, at: datetime) -> Bedside:
    """What decides about starting this order's infusion; the bag must be released."""
    subject = order.subject
    return Bedside(
        participant=subject.number,
        kit=order.kit.number,
        window=infusion_window(subject),
        zone=subject.site.tz,
        randomized_at=order.kit.randomization.randomized_at,
        rechecked_at=order.rechecked_at,
        use_by=order.release.use_by,
        vitals_recorded=order.vitals.filter(time_point=BEFORE).exists(),
        protocol=protocol_of(subject),
        at=at,
    )


def second_people(order: InfusionOrder, task: Task, *, by: Actor, at: datetime) -> QuerySet[StaffMember]:
    """Who may be the second person for `task` at this participant's site at `at`."""
    site = order.subject.site
    others = [one for one in delegated_for(task, site) if one.pk != by.id]
    allowed = [one.pk for one in others if can(Actor.of(one, at=at), task, site.pk)]
    return StaffMember.objects.filter(pk__in=allowed).order_by("full_name")


@dataclass(frozen=True)
class DueInfusion:
    """A participant who must be infused: until when, and what comes next."""

    subject: Subject
    window: Window | None
    slot: InfusionSlot | None
    order: InfusionOrder | None
    today: date

    @property
    def last_day(self) -> date:
        return self.window.last if self.window else date.max

    @property
    def missed(self) -> bool:
        return self.last_day < self.today

    @property
    def next_step(self) -> str:
        if self.order:
            return self.order.state
        if self.slot is None:
            return "reserve"
        return "order" if self.subject.state == SubjectState.RANDOMIZED else "randomize"


def due_infusions(actor: Actor, at: datetime) -> list[DueInfusion]:
    """Who of the actor's participants must still be infused, by the last possible day."""
    waiting = Subject.objects.filter(site__in=sites_for(actor), state__in=WAITING).select_related("site")
    not_given = waiting.exclude(infusionorder__state=OrderState.FINISHED)
    due = [_due(subject, at) for subject in not_given if standing(subject).treatment_stands]
    return sorted(due, key=lambda one: (one.last_day, one.subject.number))


def _due(subject: Subject, at: datetime) -> DueInfusion:
    return DueInfusion(
        subject, infusion_window(subject), slot_of(subject), order_of(subject), subject.site.date_of(at)
    )


def orders_at(actor: Actor, states: Iterable[str]) -> QuerySet[InfusionOrder]:
    """Orders in these states at the sites where the actor prepares the product, in order of planned start."""
    orders = InfusionOrder.objects.filter(subject__site__in=sites_for(actor, Task.PREPARE_PRODUCT))
    related = orders.select_related("subject__site", "kit", "slot", "release", "ordered_by")
    return related.filter(state__in=states).order_by("slot__starts_at")


def announced_slots(actor: Actor, at: datetime) -> QuerySet[InfusionSlot]:
    """Slots to come without an order, cancelled ones among them, so that the pharmacy can plan."""
    slots = InfusionSlot.objects.filter(site__in=sites_for(actor, Task.PREPARE_PRODUCT))
    coming = slots.filter(starts_at__gte=at, infusionorder=None)
    return coming.select_related("subject__site").order_by("starts_at", "id")


@dataclass(frozen=True)
class TimePointRow:
    """One row of the vital signs grid."""

    time_point: str
    label: str | Promise
    planned_at: datetime | None
    vitals: InfusionVitals | None

    @property
    def readings(self) -> list[tuple[Any, str]]:
        """Value and missing-data code of every vital sign, in the order of the form."""
        reasons = self.vitals.missing if self.vitals else {}
        names = [each.field for each in VITAL_SIGNS]
        return [(getattr(self.vitals, name, None), reasons.get(name, "")) for name in names]

    def status(self, at: datetime) -> str:
        if self.vitals:
            return "done"
        if self.planned_at is None:
            return "due" if self.time_point == BEFORE else "not_yet"
        return "due" if self.planned_at <= at else "expected"


def vital_sign_columns() -> list[tuple[str | Promise, str]]:
    """Label and unit of every vital sign, in the order of `readings`."""
    labels = {field.name: field.verbose_name for field in InfusionVitals._meta.concrete_fields}
    return [(labels[each.field], each.unit) for each in VITAL_SIGNS]


def vitals_grid(order: InfusionOrder) -> list[TimePointRow]:
    """Every planned time point with what was measured, by the planned time; those not planned yet come last."""
    recorded = {vitals.time_point: vitals for vitals in order.vitals.all()}
    clock = clock_of(order)
    rows = [
        TimePointRow(code, label, planned_at(code, clock), recorded.get(code))
        for code, label in TimePoint.choices
    ]
    return sorted(rows, key=lambda row: row.planned_at or datetime.max.replace(tzinfo=UTC))


def open_time_point(order: InfusionOrder, code: str) -> TimePointRow:
    """The time point asked for, else the one planned earliest of those not yet recorded, else the last."""
    grid = vitals_grid(order)
    asked = [row for row in grid if row.time_point == code]
    waiting = [row for row in grid if row.vitals is None]
    planned = sorted((row for row in waiting if row.planned_at), key=attrgetter("planned_at"))
    return next(iter([*asked, *planned, *waiting, grid[-1]]))


def clock_of(order: InfusionOrder) -> Clock:
    infusion = Infusion.objects.filter(order=order).first()
    return Clock(infusion.started_at, infusion.stopped_at) if infusion else Clock()
