"""The bag on its way to the bed, and what can go wrong with it."""

from datetime import datetime

from django.utils.translation import gettext as _

from dosing.actions.bedside import move
from dosing.actions.deviations import deviate_of_problem
from dosing.actions.ledger import tell_ledger, tell_ledger_not_given
from dosing.actions.refusals import refuse_fields
from dosing.models import Handover, InfusionOrder, OrderState, Problem, ProductProblem
from dosing.rules.problems import PATHS
from dosing.selectors import infusion_of
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import protocol_of, standing
from randomization.actions import assign_second_kit
from randomization.models import Kit, SecondKitCause, Step
from randomization.selectors import kit_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, can, require
from trial_site.core.second_person import require_second_person

NOT_STARTED = (OrderState.ORDERED, OrderState.RELEASED, OrderState.HANDED_OVER)


@action
def hand_over(
    order: InfusionOrder,
    *,
    bag_code: str,
    sleeve_intact: bool,
    line_intact: bool,
    handed_by: StaffMember,
    handed_password: str,
    by: Actor,
    at: datetime,
) -> Handover:
    """`by` takes the bag from a pharmacist: the right number, and nothing of it to be seen."""
    require(by, Task.INFUSE, order.subject.site_id)
    lock(order.subject, SubjectState.RANDOMIZED)
    order.refresh_from_db(fields=["state"])
    if order.state != OrderState.RELEASED:
        raise Refused(_("There is no released bag waiting for this participant."))
    if not standing(order.subject).treatment_stands:
        raise Refused(_("The participant has ended treatment or withdrawn consent. Do not take the bag."))
    _refuse_uncovered(order, bag_code, sleeve_intact=sleeve_intact, line_intact=line_intact)
    require_second_person(
        handed_by,
        password=handed_password,
        fields=("handed_by", "handed_password"),
        task=Task.PREPARE_PRODUCT,
        site_id=order.subject.site_id,
        by=by,
        at=at,
    )
    move(order, OrderState.HANDED_OVER)
    tell_ledger(order, Step.HANDED_OVER, by=by, at=at, second_person=handed_by)
    return Handover.objects.create(
        order=order,
        subject=order.subject,
        handed_over_at=at,
        bag_code=order.kit.number,
        sleeve_intact=sleeve_intact,
        line_intact=line_intact,
        handed_by=handed_by,
        received_by_id=by.person_id,
    )


def _refuse_uncovered(order: InfusionOrder, bag_code: str, *, sleeve_intact: bool, line_intact: bool) -> None:
    problems = {
        "bag_code": "" if bag_code.strip() == order.kit.number else "wrong_bag",
        "sleeve_intact": "" if sleeve_intact else "not_covered",
        "line_intact": "" if line_intact else "not_covered",
    }
    refuse_fields({field: kind for field, kind in problems.items() if kind}, protocol_of(order.subject))


@action
def report_problem(
    order: InfusionOrder, *, kind: str, noticed_at: datetime, by: Actor, at: datetime
) -> ProductProblem:
    """Something is wrong with the bag. The order is called off when the bag is lost; the slot stays reserved.

    Infusion team and pharmacy have each their own kinds (dosing.rules.problems); the pharmacy's give no reason,
    because only one arm might have it.
    """
    path = PATHS[Problem(kind)]
    require(by, Task.PREPARE_PRODUCT if path.by_pharmacy else Task.INFUSE, order.subject.site_id)
    lock(order.subject, *SubjectState)
    order.refresh_from_db(fields=["state"])
    if order.state in (OrderState.FINISHED, OrderState.CANCELLED):
        raise Refused(_("This order is closed already."))
    if noticed_at > at:
        raise Refused(fields={"noticed_at": _("This time is in the future.")})
    if noticed_at < order.ordered_at.replace(second=0, microsecond=0):
        raise Refused(fields={"noticed_at": _("This is before the investigator's order.")})
    problem = ProductProblem.objects.create(
        order=order,
        subject=order.subject,
        kind=kind,
        noticed_at=noticed_at,
        reported_by_id=by.person_id,
    )
    deviate_of_problem(problem, by=by, at=at)
    if path.bag_lost and order.state in NOT_STARTED:
        call_off(order, by=by, at=at)
    return problem


def call_off(order: InfusionOrder, *, by: Actor, at: datetime) -> None:
    """Whatever ends an order before its infusion; a bag released for it is not given."""
    move(order, OrderState.CANCELLED)
    tell_ledger_not_given(order, by=by, at=at)


def problems_to_report(order: InfusionOrder, by: Actor) -> list[tuple[str, str]]:
    """The kinds this person may report of this order, as choices."""
    tasks = {True: Task.PREPARE_PRODUCT, False: Task.INFUSE}
    return [
        (kind, str(label))
        for kind, label in Problem.choices
        if can(by, tasks[PATHS[kind].by_pharmacy], order.subject.site_id)
    ]


def ask_for_another_bag(subject: Subject, *, by: Actor, at: datetime) -> Kit:
    """A second kit of the same arm for a new attempt inside the window, after a bag that was not given.

    Never a new allocation. Raises Refused, with the same words for both arms, when there is none today.
    """
    kit = kit_of(subject)
    if kit is None or not another_bag_needed(subject):
        raise Refused(_("No other bag is needed now."))
    return assign_second_kit(kit, cause=SecondKitCause.ATTEMPT, by=by, at=at)


def another_bag_needed(subject: Subject) -> bool:
    """Was the last bag prepared and its order called off, with nobody infused yet?"""
    kit = kit_of(subject)
    lost = kit is not None and kit.orders.filter(state=OrderState.CANCELLED, release__isnull=False).exists()
    return lost and infusion_of(subject) is None and standing(subject).treatment_stands
