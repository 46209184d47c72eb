"""What must hold for an infusion to start, and what can be true of its end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from dosing.rules.orders import recheck_fresh
from dosing.rules.slots import keeps_first_apart
from dosing.rules.time_points import to_the_minute
from enrollment.rules import Window
from trial_site.core.protocol import Protocol


@dataclass(frozen=True)
class Bedside:
    """What decides about the start of an infusion now, at `at`; `zone` is the study site's;
    `others` are the starts of all other participants of the study; bag_given, infused: this bag, this participant.
    """

    participant: str
    kit: str
    window: Window | None
    zone: tzinfo
    randomized_at: datetime
    rechecked_at: datetime
    start_by: datetime
    others: Sequence[datetime]
    vitals_recorded: bool
    bag_given: bool
    infused: bool
    protocol: Protocol
    at: datetime


def start_problems(bedside: Bedside) -> Iterator[str]:
    """What forbids starting now. Nothing of it can be waived in advance (design 5)."""
    yield from _problems_of_the_person(bedside)
    if bedside.at > bedside.start_by:
        yield "past_start_by"
    if bedside.bag_given:
        yield "bag_used"
    if not recheck_fresh(bedside.rechecked_at, at=bedside.at, protocol=bedside.protocol):
        yield "recheck_old"
    if not bedside.vitals_recorded:
        yield "no_vitals_before"


def _problems_of_the_person(bedside: Bedside) -> Iterator[str]:
    day = bedside.at.astimezone(bedside.zone).date()
    if bedside.window is None or not bedside.window.contains(day):
        yield "outside_window"
    if bedside.infused:
        yield "infused_already"
    if bedside.at - bedside.randomized_at > randomization_lead(bedside.protocol):
        yield "randomized_too_early"
    if not keeps_first_apart(bedside.at, bedside.others, bedside.protocol):
        yield "first_apart"


def start_problem(bedside: Bedside) -> str:
    """The first of them, or ""."""
    return next(start_problems(bedside), "")


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


def given_in_full(volume_ml: Decimal | None, protocol: Protocol) -> bool:
    return volume_ml is not None and volume_ml >= protocol.bag_volume_ml


def stop_doubts(values: Mapping[str, Any], *, use_by: datetime | None) -> dict[str, str]:
    """What is possible but must be confirmed, and leaves a query."""
    found = {}
    if use_by and values["stopped_at"] > use_by:
        found["stopped_at"] = "ended_past_use_by"
    if values["blind_kept"] is False:
        found["blind_kept"] = "blind_not_kept"
    return found


def interruption_problems(
    began_at: datetime, ended_at: datetime, *, started_at: datetime, at: datetime
) -> dict[str, str]:
    """What cannot be true of a pause."""
    found = {}
    if began_at > at:
        found["began_at"] = "future"
    elif began_at < to_the_minute(started_at):
        found["began_at"] = "pause_before_start"
    if ended_at > at:
        found["ended_at"] = "future"
    elif ended_at < began_at:
        found["ended_at"] = "resumed_before_pause"
    return found
