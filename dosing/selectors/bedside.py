"""The order and its infusion, and what decides at the bed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from dosing.models import Infusion, InfusionOrder, OrderState, ProductProblem, Release
from dosing.rules.afterwards import Done
from dosing.rules.bedside import Bedside
from dosing.rules.time_points import BEFORE
from dosing.selectors.slots import given_starts
from enrollment.models import Subject, SubjectState
from enrollment.rules.consequences import Event
from enrollment.selectors import delegated_for, events_of, infusion_window, protocol_of, standing
from randomization.selectors import randomization_of
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, can


def order_of(subject: Subject) -> InfusionOrder | None:
    orders = InfusionOrder.objects.filter(subject=subject).exclude(state=OrderState.CANCELLED)
    return (
        orders.select_related("subject__site", "kit", "slot", "release", "infusion").order_by("-id").first()
    )


def called_off(subject: Subject) -> ProductProblem | None:
    """Why the last order of a participant without one was called off; nothing when it was not for its bag."""
    problems = ProductProblem.objects.filter(order__state=OrderState.CANCELLED, subject=subject)
    if order_of(subject) or infusion_of(subject):
        return None
    last = InfusionOrder.objects.filter(subject=subject).order_by("-id").first()
    return problems.filter(order=last).select_related("reported_by").order_by("-id").first()


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
        bag_given=Infusion.objects.filter(bag_code=order.kit.number).exists(),
        infused=Infusion.objects.filter(subject=subject).exists(),
        vitals_recorded=order.vitals.filter(time_point=BEFORE).exists(),
        protocol=protocol_of(subject),
        at=at,
    )


def orders_of_bag(bag: str) -> QuerySet[InfusionOrder]:
    """Orders that wait for the bag with this number."""
    waiting = InfusionOrder.objects.exclude(state__in=[OrderState.FINISHED, OrderState.CANCELLED])
    return waiting.filter(kit__number=bag).exclude(state=OrderState.STARTED)


def done(subject: Subject, values: Mapping[str, Any]) -> Done:
    """What was given, beside what the study knows of it; the bag may be anybody's."""
    order, randomization = order_of(subject), randomization_of(subject)
    release = Release.objects.filter(order__kit__number=values["bag_code"]).order_by("-id").first()
    before = order and order.vitals.filter(time_point=BEFORE, measured_at__lte=values["started_at"])
    return Done(
        started_at=values["started_at"],
        stopped_at=values["stopped_at"],
        bag=values["bag_code"],
        own_bags=set(subject.kits.values_list("number", flat=True)),
        bag_given_before=Infusion.objects.filter(bag_code=values["bag_code"]).exists(),
        blind_kept=values["blind_kept"],
        two_people=values["second_person"] is not None,
        vitals_before=bool(before and before.exists()),
        treatment_stands=standing(subject).treatment_stands,
        randomized_at=randomization.randomized_at if randomization else None,
        rechecked_at=order.rechecked_at if order else None,
        start_by=release.start_by if release else None,
        use_by=release.use_by if release else None,
        window=infusion_window(subject),
        zone=subject.site.tz,
        others=given_starts(subject),
        protocol=protocol_of(subject),
    )


def holders(site: StudySite, task: Task, *, at: datetime) -> QuerySet[StaffMember]:
    """Whose delegation for a task at a study site is in force at `at`."""
    allowed = [one.pk for one in delegated_for(task, site) if can(Actor.of(one, at=at), task, site.pk)]
    return StaffMember.objects.filter(pk__in=allowed).order_by("full_name")


def second_people(order: InfusionOrder, task: Task, *, by: Actor, at: datetime) -> QuerySet[StaffMember]:
    """Who may be the second person for `task` at this participant's site at `at`."""
    return holders(order.subject.site, task, at=at).exclude(pk=by.person_id)
