"""Record what happened: an infusion that was given without this system, or not as it would have allowed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from dosing.actions.bags import NOT_STARTED, call_off
from dosing.actions.bedside import move
from dosing.actions.deviations import deviate_afterwards
from dosing.actions.ledger import tell_ledger_how_much, tell_ledger_not_given
from dosing.actions.refusals import refuse_fields
from dosing.actions.slots import hold_planning
from dosing.models import Infusion, OrderState, SlotState
from dosing.rules.afterwards import departures, impossible_things
from dosing.selectors import done, order_of, orders_of_bag, slot_of
from enrollment.actions.subjects import lock
from enrollment.models import Subject, SubjectState
from enrollment.selectors import protocol_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import sign
from trial_site.monitoring.models import Signature
from trial_site.monitoring.selectors import ref_of

GIVEN = (
    "bag_code",
    "started_at",
    "stopped_at",
    "volume_ml",
    "incomplete_reason",
    "blind_kept",
    "identified_by",
    "second_person",
    "why_late",
    "paper_source",
)


@action
def record_past_infusion(
    subject: Subject,
    *,
    values: Mapping[str, Any],
    investigator: StaffMember,
    password: str,
    by: Actor,
    at: datetime,
) -> Infusion:
    """What was done, whatever it was (GIVEN); only the impossible is refused.

    It carries a major deviation that names every departure, and the signature of the investigator, who gives their
    own password. An order of this participant is closed, and one of somebody else whose bag it was is called off.
    """
    require(by, Task.INFUSE, subject.site_id)
    lock(subject, *SubjectState)
    hold_planning(subject)
    refuse_fields(_impossible(subject, values, at), protocol_of(subject))
    order = order_of(subject)
    infusion = Infusion.objects.create(
        subject=subject,
        order=order if order and order.state in NOT_STARTED else None,
        participant_code=subject.number,
        entered_at=at,
        departures=departures(done(subject, values)),
        **{name: values[name] for name in GIVEN},
    )
    _close(infusion, by=by, at=at)
    infusion.refresh_from_db()  # what is signed is what the database gives back, to the last decimal
    ref, signer = ref_of("IN", infusion), Actor.of(investigator, at=at)
    meaning = Signature.Meaning.PAST_INFUSION
    sign(ref, meaning=meaning, content=signed_content(infusion), password=password, by=signer, at=at)
    tell_ledger_how_much(infusion, by=by, at=at)
    deviate_afterwards(infusion, by=by, at=at)
    return infusion


def _impossible(subject: Subject, values: Mapping[str, Any], at: datetime) -> dict[str, str]:
    found = impossible_things(values, at=at)
    ended_before = Q(stopped_at__lte=values["started_at"])
    if (
        Infusion.objects.filter(subject=subject, started_at__lt=values["stopped_at"])
        .exclude(ended_before)
        .exists()
    ):
        found.setdefault("started_at", "infused_then")
    if values["second_person"] == values["identified_by"]:
        found["second_person"] = "same_person"
    for name in ("why_late", "paper_source"):
        if not values[name].strip():
            found[name] = "sentence_needed"
    return found


def _close(infusion: Infusion, *, by: Actor, at: datetime) -> None:
    """The participant has been infused, and the bag is gone; their own one, if that was another, is not given."""
    if infusion.order:
        move(infusion.order, OrderState.FINISHED)
        tell_ledger_not_given(infusion.order, by=by, at=at)
    slot = slot_of(infusion.subject)
    if slot and slot.state == SlotState.RESERVED:
        slot.state = SlotState.USED
        slot.save(update_fields=["state"])
    for other in orders_of_bag(infusion.bag_code).exclude(subject=infusion.subject):
        call_off(other, by=by, at=at)


def signed_content(infusion: Infusion) -> dict[str, Any]:
    """What the signature is bound to."""
    people = ("identified_by", "second_person")
    facts = {name: getattr(infusion, name) for name in GIVEN if name not in people}
    names = {name: getattr(getattr(infusion, name), "full_name", "") for name in people}
    return facts | names | {"subject": infusion.subject.number, "departures": infusion.departures}
