"""What must hold for an infusion to start, and what can be true of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dosing.rules.orders import recheck_fresh
from dosing.rules.time_points import to_the_minute
from enrollment.rules import Window
from trial_site.core.protocol import Protocol


@dataclass(frozen=True)
class Bedside:
    """What decides about the start of an infusion now, at `at`; `zone` is the study site's."""

    participant: str
    kit: str
    window: Window | None
    zone: tzinfo
    randomized_at: datetime
    rechecked_at: datetime
    use_by: datetime
    vitals_recorded: bool
    protocol: Protocol
    at: datetime


def start_problem(bedside: Bedside) -> str:
    """The first thing that forbids starting now, or "". None of them can be waived in advance (design 5)."""
    day = bedside.at.astimezone(bedside.zone).date()
    if bedside.window is None or not bedside.window.contains(day):
        return "outside_window"
    if bedside.at > bedside.use_by:
        return "past_use_by"
    if not recheck_fresh(bedside.rechecked_at, at=bedside.at, protocol=bedside.protocol):
        return "recheck_old"
    if bedside.at - bedside.randomized_at > randomization_lead(bedside.protocol):
        return "randomized_too_early"
    if not bedside.vitals_recorded:
        return "no_vitals_before"
    return ""


def randomization_lead(protocol: Protocol) -> timedelta:
    return timedelta(hours=protocol.randomization_max_hours_before_infusion)


def identification_problems(participant_code: str, bag_code: str, bedside: Bedside) -> dict[str, str]:
    """What was read at the bed must be this participant and their kit, character by character."""
    found = {}
    if participant_code.strip() != bedside.participant:
        found["participant_code"] = "wrong_participant"
    if bag_code.strip() != bedside.kit:
        found["bag_code"] = "wrong_bag"
    return found


def stop_problems(
    values: Mapping[str, Any], *, started_at: datetime, protocol: Protocol, at: datetime
) -> dict[str, str]:
    found = {}
    if values["stopped_at"] > at:
        found["stopped_at"] = "future"
    elif values["stopped_at"] < to_the_minute(started_at):
        found["stopped_at"] = "before_start"
    if not 0 <= values["volume_ml"] <= protocol.bag_volume_ml:
        found["volume_ml"] = "more_than_bag"
    elif values["volume_ml"] < protocol.bag_volume_ml and not values["incomplete_reason"].strip():
        found["incomplete_reason"] = "reason_needed"
    return found


def stop_doubts(values: Mapping[str, Any], *, use_by: datetime) -> dict[str, str]:
    """What is possible but must be confirmed, and leaves a query."""
    found = {}
    if values["stopped_at"] > use_by:
        found["stopped_at"] = "ended_past_use_by"
    if values["blind_kept"] is False:
        found["blind_kept"] = "blind_not_kept"
    return found
