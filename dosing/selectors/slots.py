"""Slots, the units that give infusions, and what is free."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet

from dosing.models import BlockedDay, Infusion, InfusionSlot, InfusionUnit, SlotState
from dosing.rules.slots import Planning, day_of_infection, days_of, possible_slots
from enrollment.models import Subject
from enrollment.selectors import infusion_window, protocol_of, subjects_for
from randomization.selectors import randomization_of
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite


def planning(subject: Subject, *, at: datetime) -> Planning:
    """What decides about this participant's slots."""
    randomization, unit = randomization_of(subject), unit_of(subject.site)
    return Planning(
        window=infusion_window(subject),
        zone=subject.site.tz,
        protocol=protocol_of(subject),
        at=at,
        hours=unit.hours,
        lead_minutes=unit.lead_minutes,
        closed=closed_days(unit),
        taken=set(taken_slots(subject.site).values_list("starts_at", flat=True)),
        others=[*given_starts(subject), *planned_starts(subject)],
        randomized_at=randomization.randomized_at if randomization else None,
    )


def unit_of(site: StudySite) -> InfusionUnit:
    """How this study site gives infusions: as it is set, or the defaults as long as nobody set anything."""
    return InfusionUnit.objects.filter(site=site).first() or InfusionUnit(site=site)


def taken_slots(site: StudySite) -> QuerySet[InfusionSlot]:
    """Slots that are reserved or were used."""
    return InfusionSlot.objects.filter(site=site).exclude(state=SlotState.CANCELLED)


def blocked_days(site: StudySite) -> QuerySet[BlockedDay]:
    return BlockedDay.objects.filter(site=site, opened_at=None).order_by("on")


def closed_days(unit: InfusionUnit) -> set[date]:
    """Days of the study site that are blocked, or hold as many infusions as it can give."""
    blocked = blocked_days(unit.site).values_list("on", flat=True)
    full = taken_slots(unit.site).values("on").annotate(how_many=Count("pk"))
    full = full.filter(how_many__gte=unit.capacity)
    return {*blocked, *full.values_list("on", flat=True)}


def given_starts(subject: Subject) -> list[datetime]:
    """When all other participants of the study were infused."""
    return list(Infusion.objects.exclude(subject=subject).values_list("started_at", flat=True))


def planned_starts(subject: Subject) -> list[datetime]:
    """When all other participants of the study are planned to be infused."""
    planned = InfusionSlot.objects.exclude(subject=subject).filter(state=SlotState.RESERVED)
    return list(planned.values_list("starts_at", flat=True))


def free_slots(subject: Subject, *, at: datetime) -> list[datetime]:
    """The starts this participant can have, earliest first, in the study site's zone."""
    return list(possible_slots(planning(subject, at=at)))


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


def slots_for(actor: Actor) -> QuerySet[InfusionSlot]:
    """The slots, cancelled ones too, of every participant this person may see."""
    return InfusionSlot.objects.filter(subject__in=subjects_for(actor)).select_related("subject")


def slots_of(subject: Subject) -> QuerySet[InfusionSlot]:
    """Every slot this participant ever had, the latest first."""
    return subject.slots.select_related("reserved_by").order_by("-id")


def slot_of(subject: Subject) -> InfusionSlot | None:
    """The reserved slot, or the one that was used."""
    slots = subject.slots.exclude(state=SlotState.CANCELLED).select_related("reserved_by")
    return slots.order_by("-id").first()
