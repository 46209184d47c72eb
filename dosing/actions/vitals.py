"""Vital signs around the infusion."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dosing.actions.queries import ask
from dosing.actions.refusals import refuse_fields
from dosing.models import Infusion, InfusionOrder, InfusionVitals
from dosing.rules.time_points import vitals_problems
from dosing.selectors import clock_of
from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from enrollment.selectors import protocol_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.core.records import amend
from trial_site.monitoring.actions import close_settled
from trial_site.monitoring.selectors import ref_of


@action
def record_infusion_vitals(
    around: InfusionOrder | Infusion,
    *,
    time_point: str,
    values: Mapping[str, Any],
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> InfusionVitals:
    """What was measured at one planned time point (TimePoint), with the time it was really measured.

    `around`: the order, or the infusion where that was recorded afterwards without one.
    """
    require(by, Task.INFUSE, around.subject.site_id)
    lock(around.subject, *SubjectState)
    if around.vitals.filter(time_point=time_point).exists():
        raise Refused(_("This time point is recorded already. Open it to change it."))
    _refuse_impossible(around, time_point, values, at)
    vitals = around.vitals.create(subject=around.subject, entered_at=at, time_point=time_point, **values)
    ask(ref_of("IV", vitals), concerns, at=at)
    return vitals


@action
def amend_infusion_vitals(
    vitals: InfusionVitals,
    *,
    values: Mapping[str, Any],
    version: int,
    reason: str,
    concerns: Iterable[Concern] = (),
    by: Actor,
    at: datetime,
) -> InfusionVitals:
    require(by, Task.INFUSE, vitals.subject.site_id)
    _refuse_impossible(vitals.around, vitals.time_point, values, at)
    changed = amend(vitals, values, version=version, reason=reason)
    close_settled(ref_of("IV", vitals), changed=changed, at=at)
    ask(ref_of("IV", vitals), concerns, at=at)
    return vitals


def _refuse_impossible(
    around: InfusionOrder | Infusion, time_point: str, values: Mapping[str, Any], at: datetime
) -> None:
    problems = vitals_problems(time_point, values, clock=clock_of(around), at=at)
    refuse_fields(problems, protocol_of(around.subject))
