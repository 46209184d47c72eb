"""The order and its infusion, and what decides at the bed."""

from datetime import datetime

from django.db.models import QuerySet

from dosing.models import Infusion, InfusionOrder, OrderState
from dosing.rules.bedside import Bedside
from dosing.rules.time_points import BEFORE
from dosing.selectors.slots import given_starts
from enrollment.models import Subject, SubjectState
from enrollment.rules.consequences import Event
from enrollment.selectors import delegated_for, events_of, infusion_window, protocol_of
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, can


def order_of(subject: Subject) -> InfusionOrder | None:
    orders = InfusionOrder.objects.filter(subject=subject).exclude(state=OrderState.CANCELLED)
    return (
        orders.select_related("subject__site", "kit", "slot", "release", "infusion").order_by("-id").first()
    )


def events_before_dose(subject: Subject, *, at: datetime) -> frozenset[Event]:
    """What has ended for a participant who waits for an infusion, the closed window among it."""
    window = infusion_window(subject)
    closed = window is not None and window.last < subject.site.date_of(at)
    never = subject.state == SubjectState.RANDOMIZED and closed and infusion_of(subject) is None
    return events_of(subject) | ({Event.NEVER_INFUSED} if never else frozenset())


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
        start_by=order.release.start_by,
        others=given_starts(subject),
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
