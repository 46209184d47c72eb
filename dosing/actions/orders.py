"""The investigator's signed re-check of day 0, which is the order to the pharmacy."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.ledger import tell_ledger
from dosing.actions.queries import ask
from dosing.actions.refusals import refuse_fields, sentence
from dosing.models import InfusionOrder, InfusionSlot, SlotState
from dosing.rules.orders import Ordering, order_problems, weight_changed
from dosing.selectors import infusion_of, order_of, slot_of
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import facts_of, infusion_window, protocol_of, standing
from randomization.models import Kit, Step
from randomization.selectors import kit_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.models import Paused
from trial_site.core.pauses import refuse_if_paused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import sign
from trial_site.monitoring.models import Signature
from trial_site.monitoring.selectors import ref_of

SIGNED = (
    "ordered_at",
    "rechecked_at",
    "consent_stands",
    "still_moderate",
    "no_new_exclusion",
    "weight_kg",
    "weight_measured_on",
    "temperature_c",
    "respiratory_rate",
    "spo2_percent",
    "oxygen_device",
    "oxygen_reason",
    "recheck_version",
)


@action
def order_preparation(
    subject: Subject,
    *,
    values: Mapping[str, Any],
    password: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> InfusionOrder:
    """Sign the re-check; without it the pharmacist cannot begin. `concerns` are the soft checks confirmed."""
    require(by, Task.ORDER_INFUSION, subject.site_id)
    lock(subject, SubjectState.RANDOMIZED)
    refuse_if_paused(Paused.INFUSION, site_id=subject.site_id)
    slot, kit = _slot_and_kit(subject)
    protocol, concerns = protocol_of(subject), list(concerns)
    refuse_fields(order_problems(values, _ordering(subject, slot, at=at)), protocol)
    _require_weight_confirmed(subject, values, concerns)
    order = InfusionOrder.objects.create(
        subject=subject,
        slot=slot,
        kit=kit,
        recheck_version=protocol.recheck.version,
        ordered_at=at,
        ordered_by_id=by.person_id,
        **values,
    )
    order.refresh_from_db()  # what is signed is what the database gives back, to the last decimal
    tell_ledger(order, Step.ORDERED, by=by, at=at)
    ref = ref_of("OR", order)
    sign(ref, meaning=Signature.Meaning.ORDER, content=signed_content(order), password=password, by=by, at=at)
    ask(ref, concerns, at=at)
    return order


def _ordering(subject: Subject, slot: InfusionSlot, *, at: datetime) -> Ordering:
    return Ordering(
        planned=slot.starts_at,
        zone=subject.site.tz,
        protocol=protocol_of(subject),
        at=at,
        window=infusion_window(subject),
        oxygen_before=facts_of(subject).oxygen_device or "",
    )


def signed_content(order: InfusionOrder) -> dict[str, Any]:
    """What the signature is bound to."""
    facts = {name: getattr(order, name) for name in SIGNED}
    return facts | {"subject": order.subject.number, "planned": order.slot.starts_at}


def _slot_and_kit(subject: Subject) -> tuple[InfusionSlot, Kit]:
    slot, kit = slot_of(subject), kit_of(subject)
    if infusion_of(subject):
        raise Refused(_("This participant has been infused already."))
    if order_of(subject):
        raise Refused(_("The infusion is ordered already."))
    if slot is None or slot.state != SlotState.RESERVED:
        raise Refused(_("Reserve an infusion slot first."))
    if kit is None:
        raise Refused(_("No kit is assigned yet."))
    if kit.orders.filter(release__isnull=False).exists():
        raise Refused(_("The last bag was prepared and not given. Ask for another one first."))
    if not standing(subject).treatment_stands:
        raise Refused(_("The participant has ended treatment or withdrawn consent."))
    return slot, kit


def _require_weight_confirmed(subject: Subject, values: Mapping[str, Any], concerns: list[Concern]) -> None:
    changed = weight_changed(facts_of(subject).weight_kg, values["weight_kg"])
    if changed and not any(concern.field == "weight_kg" for concern in concerns):
        raise Refused(fields={"weight_kg": sentence("weight_changed", protocol_of(subject))})
