"""At the bedside: identification by two people, start, interruptions, stop."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.deviations import deviate_at_the_end
from dosing.actions.ledger import tell_ledger, tell_ledger_how_much
from dosing.actions.queries import ask
from dosing.actions.refusals import refuse, refuse_fields
from dosing.actions.slots import hold_planning
from dosing.models import Infusion, InfusionOrder, Interruption, OrderState, SlotState
from dosing.rules.bedside import (
    Bedside,
    identification_problems,
    interruption_problems,
    start_problem,
    stop_problems,
)
from dosing.selectors import bedside
from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from enrollment.selectors import protocol_of, standing
from randomization.models import Step
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused, StaleRecord
from trial_site.core.models import Paused, StaffMember
from trial_site.core.pauses import refuse_if_paused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.core.second_person import require_second_person
from trial_site.monitoring.actions import close_settled
from trial_site.monitoring.selectors import ref_of


@action
def start_infusion(
    order: InfusionOrder,
    *,
    participant_code: str,
    bag_code: str,
    second_person: StaffMember,
    second_password: str,
    by: Actor,
    at: datetime,
) -> Infusion:
    """Start now. Refuses whatever must not happen; nothing can be waived (what did happen is recorded elsewhere).

    `participant_code` and `bag_code` are read at the bed by `by` and `second_person` together.
    """
    require(by, Task.INFUSE, order.subject.site_id)
    now = _bedside(order, at)
    refuse(start_problem(now), now.protocol)
    refuse_fields(identification_problems(participant_code, bag_code, now), now.protocol)
    require_second_person(
        second_person,
        password=second_password,
        task=Task.INFUSE,
        site_id=order.subject.site_id,
        by=by,
        at=at,
    )
    move(order, OrderState.STARTED)
    tell_ledger(order, Step.STARTED, by=by, at=at, second_person=second_person)
    order.slot.state = SlotState.USED
    order.slot.save(update_fields=["state"])
    return Infusion.objects.create(
        subject=order.subject,
        order=order,
        identified_by_id=by.person_id,
        second_person=second_person,
        participant_code=now.participant,
        bag_code=now.kit,
        started_at=at,
        entered_at=at,
    )


def _bedside(order: InfusionOrder, at: datetime) -> Bedside:
    """The facts at the bed, held until the action ends: no other infusion starts meanwhile."""
    lock(order.subject, SubjectState.RANDOMIZED)
    hold_planning(order.subject)
    order.refresh_from_db(fields=["state"])
    if order.state != OrderState.HANDED_OVER:
        raise Refused(_("There is no bag at the bedside for this participant."))
    if not standing(order.subject).treatment_stands:
        raise Refused(_("The participant has ended treatment or withdrawn consent. Do not start."))
    refuse_if_paused(Paused.INFUSION, site_id=order.subject.site_id)
    return bedside(order, at=at)


def move(order: InfusionOrder, state: str) -> None:
    order.state = state
    order.save(update_fields=["state"])


@action
def interrupt_infusion(
    infusion: Infusion, *, began_at: datetime, why: str, by: Actor, at: datetime
) -> Interruption:
    """The infusion pauses; the bag gets no younger meanwhile."""
    require(by, Task.INFUSE, infusion.subject.site_id)
    _require_running(infusion)
    if infusion.interruptions.filter(ended_at=None).exists():
        raise Refused(_("The infusion is interrupted already."))
    problems = interruption_problems(began_at, began_at, started_at=infusion.started_at, at=at)
    refuse_fields(problems, protocol_of(infusion.subject))
    return Interruption.objects.create(
        subject=infusion.subject, infusion=infusion, began_at=began_at, why=why
    )


@action
def resume_infusion(interruption: Interruption, *, ended_at: datetime, by: Actor, at: datetime) -> None:
    require(by, Task.INFUSE, interruption.subject.site_id)
    _require_running(interruption.infusion)
    interruption.refresh_from_db()
    if interruption.ended_at:
        raise Refused(_("The infusion goes on already."))
    problems = interruption_problems(
        interruption.began_at, ended_at, started_at=interruption.infusion.started_at, at=at
    )
    refuse_fields(problems, protocol_of(interruption.subject))
    interruption.ended_at = ended_at
    interruption.version += 1
    interruption.save(update_fields=["ended_at", "version"])


def _require_running(infusion: Infusion) -> None:
    lock(infusion.subject, *SubjectState)
    infusion.refresh_from_db()
    if infusion.stopped_at:
        raise Refused(_("The end of this infusion is recorded already."))


@action
def stop_infusion(
    infusion: Infusion,
    *,
    stopped_at: datetime,
    volume_ml: Decimal,
    incomplete_reason: str,
    blind_kept: bool,
    version: int,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> Infusion:
    """Record the end of a running infusion: when, how much, why not all of it, whether the blind was kept."""
    require(by, Task.INFUSE, infusion.subject.site_id)
    _require_running(infusion)
    if infusion.version != version:
        raise StaleRecord(_("Somebody else saved this form after you opened it. Nothing was overwritten."))
    end = {
        "stopped_at": stopped_at,
        "volume_ml": volume_ml,
        "incomplete_reason": incomplete_reason,
        "blind_kept": blind_kept,
    }
    _refuse_end(infusion, end, at)
    for name, value in end.items():
        setattr(infusion, name, value)
    infusion.version += 1
    infusion.save(update_fields=[*end, "version"])
    if infusion.order:
        move(infusion.order, OrderState.FINISHED)
    tell_ledger_how_much(infusion, by=by, at=at)
    deviate_at_the_end(infusion, by=by, at=at)
    ask(ref_of("IN", infusion), concerns, at=at)
    return infusion


@action
def amend_infusion(
    infusion: Infusion,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> Infusion:
    """Correct the recorded end of an infusion."""
    require(by, Task.INFUSE, infusion.subject.site_id)
    _refuse_end(infusion, values, at)
    changed = amend(infusion, values, version=version, reason=reason)
    close_settled(ref_of("IN", infusion), changed=changed, at=at)
    deviate_at_the_end(infusion, by=by, at=at)
    ask(ref_of("IN", infusion), concerns, at=at)
    return infusion


def _refuse_end(infusion: Infusion, values: Mapping[str, Any], at: datetime) -> None:
    protocol = protocol_of(infusion.subject)
    problems = stop_problems(values, started_at=infusion.started_at, protocol=protocol, at=at)
    refuse_fields(problems, protocol)
