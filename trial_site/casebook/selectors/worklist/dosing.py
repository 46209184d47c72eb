"""What waits from the slot to the last vital signs of the infusion."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from dosing.models import Infusion, OrderState
from dosing.selectors import DueInfusion, bags_out, measured_around, orders_at, vitals_grid
from enrollment.selectors import (
    protocol_of,
    signed_eligibility,
)
from outcomes.rules.schedule import LATE_DAYS
from trial_site.casebook.selectors.worklist.desk import Desk, Todo, page_of
from trial_site.core.permissions import Task, can


def infusions_at(desk: Desk, step: str, task: Task) -> Iterator[DueInfusion]:
    for due in desk.infusions:
        if due.next_step == step and can(desk.actor, task, due.subject.site_id):
            yield due


def planned_on(due: DueInfusion) -> date | None:
    return due.subject.site.date_of(due.slot.starts_at) if due.slot else None


def randomization_is_near(due: DueInfusion, at: datetime) -> bool:
    hours = protocol_of(due.subject).randomization_max_hours_before_infusion
    return due.slot is not None and due.slot.starts_at - at <= timedelta(hours=hours)


def slots(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "reserve", Task.SCHEDULE_INFUSION):
        sentence = _("Reserve the infusion of %(number)s")
        yield desk.todo(
            due.subject, sentence, page_of(due.subject, "dosing:slot"), due=due.window and due.window.last
        )


def randomizations(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "randomize", Task.RANDOMIZE):
        if randomization_is_near(due, desk.at) and signed_eligibility(due.subject, at=desk.at):
            sentence = _("Randomize %(number)s")
            yield desk.todo(
                due.subject, sentence, page_of(due.subject, "randomization:randomize"), due=planned_on(due)
            )


def orders(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "order", Task.ORDER_INFUSION):
        planned = planned_on(due)
        if planned and planned <= due.today:
            sentence = _("Re-check %(number)s and order the infusion")
            yield desk.todo(due.subject, sentence, page_of(due.subject, "dosing:order"), due=planned)


def preparations(desk: Desk) -> Iterator[Todo]:
    for order in orders_at(desk.actor, [OrderState.ORDERED]).filter(subject__in=desk.subjects):
        site = order.subject.site
        start = order.slot.starts_at.astimezone(site.tz)
        sentence, page = _("Prepare kit %(kit)s for %(number)s: infusion at %(time)s"), "dosing:prepare"
        said = {"kit": order.kit.number, "time": f"{start:%H:%M}"}
        yield desk.todo(order.subject, sentence, page_of(order.subject, page), due=start.date(), **said)


def returns(desk: Desk) -> Iterator[Todo]:
    for bag in bags_out(desk.actor):
        if desk.subjects.contains(bag.subject):
            sentence, site = _("Take back the bag of %(number)s"), bag.subject.site
            page, since = page_of(bag.subject, "dosing:take_back"), site.date_of(bag.since)
            yield desk.todo(bag.subject, sentence, page, due=since)


def infusions(desk: Desk) -> Iterator[Todo]:
    sentences = {
        OrderState.RELEASED: _("Take over the bag of %(number)s: it is ready"),
        OrderState.HANDED_OVER: _("Start the infusion of %(number)s: the bag is at the bedside"),
        OrderState.STARTED: _("Record the end of the infusion of %(number)s"),
    }
    for step, sentence in sentences.items():
        for due in infusions_at(desk, step, Task.INFUSE):
            yield desk.todo(due.subject, sentence, page_of(due.subject, "dosing:infusion"), due=due.today)


def vital_signs(desk: Desk) -> Iterator[Todo]:
    """Time points of recent infusions that have come and are not recorded."""
    recent = desk.at - timedelta(days=LATE_DAYS)
    given = Infusion.objects.filter(subject__in=desk.waiting(Task.INFUSE), started_at__gte=recent)
    for infusion in given.select_related("subject__site", "order"):
        around, subject = infusion.order or infusion, infusion.subject
        if around == measured_around(subject) and any(
            row.status(desk.at) == "due" for row in vitals_grid(around)
        ):
            sentence, page = _("Record the vital signs of %(number)s around the infusion"), "dosing:vitals"
            day = subject.site.date_of(infusion.started_at)
            yield desk.todo(subject, sentence, page_of(subject, page), due=day)
