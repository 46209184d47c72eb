"""Bag and line come back to the pharmacy, sleeved, whatever is left in them; the same for both arms."""

from datetime import datetime

from django.utils.translation import gettext as _

from dosing.actions.deviations import deviate_of_return
from dosing.actions.ledger import tell_ledger
from dosing.actions.refusals import refuse_fields
from dosing.models import BagReturn
from dosing.rules.returns import return_problem
from dosing.selectors import BagOut, bags_out_of
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import protocol_of
from randomization.models import Step
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.second_person import require_second_person


@action
def take_back(
    subject: Subject,
    *,
    bag_code: str,
    covered: bool,
    brought_by: StaffMember | None,
    brought_password: str,
    returned_at: datetime,
    by: Actor,
    at: datetime,
) -> BagReturn:
    """The pharmacist `by` takes back the bag whose number was read from it. Nobody brings one that never left the
    pharmacy: the ledger has it there as not given."""
    require(by, Task.PREPARE_PRODUCT, subject.site_id)
    lock(subject, *SubjectState)
    bag = _bag_out(subject, bag_code)
    if problem := return_problem(returned_at, since=bag.since, at=at):
        refuse_fields({"returned_at": problem}, protocol_of(subject))
    if bag.left:
        _require_bringer(subject, brought_by, brought_password, by=by, at=at)
    if bag.left:
        tell_ledger(bag.order, Step.RETURNED, by=by, at=at, second_person=brought_by)
    taken = BagReturn.objects.create(
        order=bag.order,
        subject=subject,
        returned_at=returned_at,
        bag_code=bag.order.kit.number,
        covered=covered,
        brought_by=brought_by if bag.left else None,
        received_by_id=by.person_id,
    )
    deviate_of_return(taken, by=by, at=at)
    return taken


def _bag_out(subject: Subject, bag_code: str) -> BagOut:
    for bag in bags_out_of(subject):
        if bag.order.kit.number == bag_code.strip():
            return bag
    raise Refused(fields={"bag_code": _("No bag with this number is expected back from this participant.")})


def _require_bringer(
    subject: Subject, brought_by: StaffMember | None, password: str, *, by: Actor, at: datetime
) -> None:
    if brought_by is None:
        raise Refused(fields={"brought_by": _("Say who brought the bag back.")})
    require_second_person(
        brought_by,
        password=password,
        fields=("brought_by", "brought_password"),
        task=Task.INFUSE,
        site_id=subject.site_id,
        by=by,
        at=at,
    )
