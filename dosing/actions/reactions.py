"""A reaction to the infusion, as it is seen at the bed. What becomes of it as an adverse event is outcomes'."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dosing.actions.refusals import refuse_fields
from dosing.models import Infusion, InfusionReaction
from dosing.rules.time_points import reaction_problem
from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from enrollment.selectors import protocol_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend


@action
def record_reaction(
    infusion: Infusion, *, values: Mapping[str, Any], by: Actor, at: datetime
) -> InfusionReaction:
    """`values`: term, CTCAE grade, began_at, response."""
    require(by, Task.INFUSE, infusion.subject.site_id)
    lock(infusion.subject, *SubjectState)
    _refuse_time(infusion, values["began_at"], at)
    return InfusionReaction.objects.create(
        subject=infusion.subject, infusion=infusion, recorded_by_id=by.person_id, **values
    )


@action
def amend_reaction(
    reaction: InfusionReaction,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    by: Actor,
    at: datetime,
) -> list[str]:
    """Correct a reaction; returns the changed fields."""
    require(by, Task.INFUSE, reaction.subject.site_id)
    _refuse_time(reaction.infusion, values["began_at"], at)
    return amend(reaction, values, version=version, reason=reason)


def _refuse_time(infusion: Infusion, began_at: datetime, at: datetime) -> None:
    if problem := reaction_problem(began_at, started_at=infusion.started_at, at=at):
        refuse_fields({"began_at": problem}, protocol_of(infusion.subject))
