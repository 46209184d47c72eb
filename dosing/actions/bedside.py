"""At the bedside: identification by two people, start, stop."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.queries import ask
from dosing.actions.refusals import refuse, refuse_fields
from dosing.models import Infusion, InfusionOrder, OrderState, SlotState
from dosing.rules.bedside import Bedside, identification_problems, start_problem, stop_problems
from dosing.selectors import bedside
from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from enrollment.selectors import protocol_of, standing
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused, StaleRecord
from trial_site.core.models import Paused, StaffMember
from trial_site.core.pauses import refuse_if_paused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.core.second_person import require_second_person
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
    _move(order, OrderState.STARTED)
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
    )


def _bedside(order: InfusionOrder, at: datetime) -> Bedside:
    """The facts at the bed, held until the action ends."""
    lock(order.subject, SubjectState.RANDOMIZED)
    order.refresh_from_db(fields=["state"])
    if order.state != OrderState.RELEASED:
        raise Refused(_("There is no released bag waiting for this participant."))
    if not standing(order.subject).treatment_stands:
        raise Refused(_("The participant has ended treatment or withdrawn consent. Do not start."))
    refuse_if_paused(Paused.INFUSION, site_id=order.subject.site_id)
    return bedside(order, at=at)


def _move(order: InfusionOrder, state: str) -> None:
    order.state = state
    order.save(update_fields=["state"])


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
    lock(infusion.subject, *SubjectState)
    infusion.refresh_from_db()
    if infusion.version != version:
        raise StaleRecord(_("Somebody else saved this form after you opened it. Nothing was overwritten."))
    if infusion.stopped_at:
        raise Refused(_("The end of this infusion is recorded already."))
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
    _move(infusion.order, OrderState.FINISHED)
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
    amend(infusion, values, version=version, reason=reason)
    ask(ref_of("IN", infusion), concerns, at=at)
    return infusion


def _refuse_end(infusion: Infusion, values: Mapping[str, Any], at: datetime) -> None:
    protocol = protocol_of(infusion.subject)
    problems = stop_problems(values, started_at=infusion.started_at, protocol=protocol, at=at)
    refuse_fields(problems, protocol)
