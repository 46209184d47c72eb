"""What happens to kits: steps of the ledger, and a second kit of the same arm where the first could not be given.

A second kit is never a new allocation. What was not given at the bedside is met by `assign_second_kit`, which
everyone may know of; what failed in the pharmacy by `substitute_kit`, which stays in the sealed room: the bag keeps
the number that people know.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from randomization import vault
from randomization.models import AccessRecord, Kit, KitRequest, SecondKitCause, Step
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused, StillWaiting
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, can, require

# Whose step it is: one of these tasks at the participant's site.
OUTSIDE: dict[str, tuple[Task, ...]] = {
    Step.ORDERED: (Task.ORDER_INFUSION,),
    Step.HANDED_OVER: (Task.PREPARE_PRODUCT, Task.INFUSE),
    Step.STARTED: (Task.INFUSE,),
    Step.GIVEN: (Task.INFUSE,),
    Step.PART_GIVEN: (Task.INFUSE,),
    Step.NOT_GIVEN: (Task.INFUSE, Task.ORDER_INFUSION, Task.PREPARE_PRODUCT),
    Step.RETURNED: (Task.INFUSE, Task.PREPARE_PRODUCT),
}


@action
def record_kit_step(
    kit: Kit, *, step: str, by: Actor, at: datetime, second_person: StaffMember | None = None, note: str = ""
) -> None:
    """A step outside the pharmacy, in the ledger of the sealed room. Returns nothing, and refuses nothing for what
    the ledger says of the kit: that would tell. `step` is one of OUTSIDE; the system takes one without a person."""
    if not by.is_system:
        _require_one_of(by, OUTSIDE[step], kit.subject.site_id)
    second = second_person.pk if second_person else None
    vault.record_step(kit.number, step=step, at=at, person_id=by.id, second_person_id=second, note=note)


@action
def record_preparation_step(
    access: AccessRecord,
    *,
    kit: Kit,
    step: str,
    by: Actor,
    at: datetime,
    second_person: StaffMember | None = None,
    note: str = "",
) -> None:
    """A step in the pharmacy: PREPARING, FAILED, or NOT_GIVEN for a bag that never left it.

    Raises Refused when the kit is not where this step begins, is withdrawn or expired. `access` is committed before.
    """
    require(by, Task.PREPARE_PRODUCT, kit.subject.site_id)
    second = second_person.pk if second_person else None
    vault.record_preparation_step(
        access.pk, kit=kit.number, step=step, at=at, second_person_id=second, note=note
    )


@action
def store_preparation(
    access: AccessRecord,
    *,
    kit: str,
    thawed_at: datetime,
    cells_millions: Decimal,
    viability_percent: Decimal,
    volume_ml: Decimal,
    checked_by: StaffMember,
    use_by: datetime,
    by: Actor,
) -> None:
    """Keep the unblinded preparation record of a kit in the sealed room; same fields for both arms."""
    require(by, Task.PREPARE_PRODUCT, access.subject.site_id if access.subject else None)
    vault.record_preparation(
        access.pk,
        kit=kit,
        thawed_at=thawed_at,
        cells_millions=cells_millions,
        viability_percent=viability_percent,
        volume_ml=volume_ml,
        checked_by_id=checked_by.pk,
        use_by=use_by,
    )


def require_filling(access: AccessRecord, *, kit: Kit, number: str, field: str) -> None:
    """The kit in the pharmacist's hand is the one that fills the bag now: not the one before, nor another's.

    `access` is committed beforehand. Raises Refused beside `field`.
    """
    fillings = {bag.kit_number: bag.filled_from for bag in vault.disclose(access.pk)}
    if number.strip() != fillings.get(kit.number):
        sentence = _("This kit does not fill the bag. Show the contents and compare the numbers.")
        raise Refused(fields={field: sentence})


@action
def substitute_kit(access: AccessRecord, *, kit: Kit, by: Actor) -> bool:
    """Fill the participant's bag from another kit of the same arm, after the kit that filled it has FAILED.

    Nobody blinded learns of it: the bag keeps its number. False when there is no such kit; that is no refusal, for
    the server tells everybody which transactions were taken back.
    """
    require(by, Task.PREPARE_PRODUCT, kit.subject.site_id)
    return vault.substitute(access.pk, kit=kit.number)


def assign_second_kit(kit: Kit, *, cause: str, by: Actor, at: datetime) -> Kit:
    """Another kit of the same arm in the place of one that could not be given: one, whatever is repeated.

    Raises Refused with the same sentence whatever the shelf lacks.
    """
    request = request_second_kit(kit, cause=cause, by=by)
    bind_second_kit(request, by=by)
    return record_second_kit(request, by=by, at=at)


@action(durable=True)
def request_second_kit(kit: Kit, *, cause: str, by: Actor) -> KitRequest:
    """Commit the wish; the room answers no other."""
    _require_one_of(by, (Task.ORDER_INFUSION, Task.PREPARE_PRODUCT), kit.subject.site_id)
    request, _created = KitRequest.objects.get_or_create(
        replaces=kit,
        defaults={
            "subject_id": kit.subject_id,
            "cause": SecondKitCause(cause),
            "requested_by_id": by.person_id,
        },
    )
    return request


@action(durable=True)
def bind_second_kit(request: KitRequest, *, by: Actor) -> None:
    """The sealed room binds a kit; it tells which only after this is committed."""
    _require_one_of(by, (Task.ORDER_INFUSION, Task.PREPARE_PRODUCT), request.subject.site_id)
    if not vault.bind_second_kit(request.pk):
        raise StillWaiting(_("No bag is available today: call the pharmacy. The request is kept."))


@action(durable=True)
def record_second_kit(request: KitRequest, *, by: Actor, at: datetime) -> Kit:
    """Write down for everyone which kit the sealed room has bound. Idempotent."""
    _require_one_of(by, (Task.ORDER_INFUSION, Task.PREPARE_PRODUCT), request.subject.site_id)
    first = request.replaces
    kit, _created = Kit.objects.get_or_create(
        number=vault.second_kit(request.pk),
        defaults={"randomization": first.randomization, "subject": first.subject, "assigned_at": at},
    )
    return kit


def _require_one_of(by: Actor, tasks: tuple[Task, ...], site_id: int) -> None:
    if not any(can(by, task, site_id) for task in tasks):
        require(by, tasks[0], site_id)
