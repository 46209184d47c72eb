"""The pharmacist prepares and releases; what is blinded and what is not part here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.refusals import refuse_fields
from dosing.models import InfusionOrder, OrderState, Release
from dosing.rules.preparation import Preparing, preparation_problems, start_by, use_by
from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from enrollment.selectors import protocol_of, standing
from randomization.actions import (
    record_preparation_step,
    require_filling,
    store_preparation,
    substitute_kit,
)
from randomization.models import AccessRecord, Step
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Paused
from trial_site.core.pauses import refuse_if_paused
from trial_site.core.permissions import Task, require
from trial_site.core.second_person import require_second_person

MEASURED = ("thawed_at", "cells_millions", "viability_percent", "volume_ml")


@action
def prepare(
    order: InfusionOrder,
    *,
    access: AccessRecord,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> Release:
    """Release the bag of an order: the unblinded record goes to the sealed room, the time of the release to everyone.

    `values`, the same for both arms: from_kit, the number of the kit in hand; thawed_at, cells_millions,
    viability_percent, volume_ml; and the second person, another pharmacist, as checked_by with their
    checker_password. `access` is committed beforehand.
    """
    require(by, Task.PREPARE_PRODUCT, order.subject.site_id)
    protocol = protocol_of(order.subject)
    _require_waiting(order)
    refuse_fields(
        preparation_problems(values, Preparing(order.ordered_at, order.slot.starts_at, protocol, at)),
        protocol,
    )
    require_filling(access, kit=order.kit, number=values["from_kit"], field="from_kit")
    require_second_person(
        values["checked_by"],
        password=values["checker_password"],
        fields=("checked_by", "checker_password"),
        task=Task.PREPARE_PRODUCT,
        site_id=order.subject.site_id,
        by=by,
        at=at,
    )
    return _release(order, access, values, by=by, at=at)


@action
def fail_preparation(
    order: InfusionOrder, *, access: AccessRecord, failed_kit: str, note: str, by: Actor, at: datetime
) -> None:
    """The kit in hand fills the bag no more: it broke, its count is too low, it was withdrawn or lost.

    What happened stays in the sealed room. The order goes on; `fill_from_another_kit` is next. Nobody blinded learns
    of it. Said again of the kit before, it is refused: otherwise each repetition would use up another one.
    """
    require(by, Task.PREPARE_PRODUCT, order.subject.site_id)
    _require_waiting(order)
    if not note.strip():
        raise Refused(fields={"note": _("Write a sentence.")})
    require_filling(access, kit=order.kit, number=failed_kit, field="failed_kit")
    record_preparation_step(access, kit=order.kit, step=Step.FAILED, by=by, at=at, note=note.strip())


@action
def fill_from_another_kit(order: InfusionOrder, *, access: AccessRecord, by: Actor, at: datetime) -> bool:
    """The same bag from another kit of the same arm. False when there is none: then report the bag as not available
    today, or try again when kits have come."""
    require(by, Task.PREPARE_PRODUCT, order.subject.site_id)
    _require_waiting(order)
    return substitute_kit(access, kit=order.kit, by=by)


def _release(
    order: InfusionOrder, access: AccessRecord, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> Release:
    protocol = protocol_of(order.subject)
    end = use_by(at, protocol)
    sealed = {name: values[name] for name in (*MEASURED, "checked_by")}
    store_preparation(access, kit=order.kit.number, use_by=end, by=by, **sealed)
    order.state = OrderState.RELEASED
    order.save(update_fields=["state"])
    return Release.objects.create(
        order=order,
        subject=order.subject,
        ready_at=at,
        start_by=start_by(at, protocol),
        use_by=end,
        released_by_id=by.person_id,
    )


def _require_waiting(order: InfusionOrder) -> None:
    lock(order.subject, SubjectState.RANDOMIZED)
    order.refresh_from_db(fields=["state"])
    if order.state != OrderState.ORDERED:
        raise Refused(_("This order is no longer waiting for the pharmacy."))
    refuse_if_paused(Paused.INFUSION, site_id=order.subject.site_id)
    if not standing(order.subject).treatment_stands:
        raise Refused(_("The participant has ended treatment or withdrawn consent. Do not prepare."))
