"""The blinded data review and the analysis sets it assigns."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.models import AnalysisSets, DataReview, RecordRef

SETS = ("full_analysis", "per_protocol", "safety")


@action
def record_data_review(*, held_on: date, conclusions: str, by: Actor, at: datetime) -> DataReview:
    """The data were reviewed blind, before anybody knew an arm."""
    require(by, Task.LOCK)
    if held_on > at.date():
        raise Refused(fields={"held_on": _("This date is in the future.")})
    if not conclusions.strip():
        raise Refused(fields={"conclusions": _("Write a sentence.")})
    return DataReview.objects.create(
        held_on=held_on, conclusions=conclusions.strip(), recorded_by_id=by.person_id, recorded_at=at
    )


@action
def assign_analysis_sets(
    ref: RecordRef, *, values: Mapping[str, Any], reason: str = "", by: Actor
) -> AnalysisSets:
    """Decide in which sets a randomized participant is; deciding otherwise later needs a reason."""
    require(by, Task.LOCK)
    if not all(values[name] for name in SETS) and not values["why"].strip():
        raise Refused(fields={"why": _("Say why the participant is excluded from a set.")})
    current = AnalysisSets.objects.select_for_update().filter(subject=ref.subject).first()
    decided = current or AnalysisSets(subject=ref.subject, site_id=ref.site_id, version=0)
    changed = current is not None and any(getattr(current, name) != values[name] for name in SETS)
    if changed and not reason.strip():
        raise Refused(fields={"reason": _("Say why a saved value changes.")})
    for name in (*SETS, "why"):
        setattr(decided, name, values[name])
    decided.version += 1
    decided.save()
    return decided
