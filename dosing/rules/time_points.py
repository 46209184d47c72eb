"""Vital signs around the infusion: when each time point is planned, and which times cannot be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dosing.rules.measurements import VITAL_SIGNS, impossible


@dataclass(frozen=True)
class Planned:
    """Minutes after the start or the end of the infusion, and how far from it is still on time. Assumed."""

    after: str
    minutes: int
    tolerance: int


PLANNED = {
    "00": Planned("start", 0, 30),
    "01": Planned("start", 15, 5),
    "02": Planned("start", 30, 5),
    "03": Planned("start", 60, 10),
    "04": Planned("end", 0, 10),
    "05": Planned("end", 30, 10),
    "06": Planned("end", 60, 15),
    "07": Planned("end", 120, 15),
    "08": Planned("end", 240, 30),
    "09": Planned("end", 360, 30),
    "10": Planned("end", 1440, 120),
}
BEFORE = "00"
# At these the participant is asked for adverse events.
ASKED = ("09", "10")


@dataclass(frozen=True)
class Clock:
    """The infusion as far as it is known."""

    started_at: datetime | None = None
    stopped_at: datetime | None = None

    def anchor(self, time_point: str) -> datetime | None:
        return self.started_at if PLANNED[time_point].after == "start" else self.stopped_at


def to_the_minute(instant: datetime) -> datetime:
    """The server starts the clock on the second; people type minutes. What happened in that minute may follow."""
    return instant.replace(second=0, microsecond=0)


def planned_at(time_point: str, clock: Clock) -> datetime | None:
    """When the measurement is planned; None while the infusion has not come that far."""
    anchor = clock.anchor(time_point)
    return anchor and anchor + timedelta(minutes=PLANNED[time_point].minutes)


def time_problem(time_point: str, measured_at: datetime, *, clock: Clock, at: datetime) -> str:
    """Why the measurement cannot have been made then, or ""."""
    anchor = clock.anchor(time_point)
    if measured_at > at:
        return "future"
    if time_point == BEFORE:
        return "after_start" if anchor and measured_at > anchor else ""
    if anchor is None:
        return "not_yet"
    return "before_anchor" if measured_at < to_the_minute(anchor) else ""


def vitals_problems(
    time_point: str, values: Mapping[str, Any], *, clock: Clock, at: datetime
) -> dict[str, str]:
    found = impossible(values, VITAL_SIGNS)
    if problem := time_problem(time_point, values["measured_at"], clock=clock, at=at):
        found["measured_at"] = problem
    systolic, diastolic = values.get("systolic_mmhg"), values.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        found["diastolic_mmhg"] = "diastolic_not_below_systolic"
    if time_point in ASKED and not values.get("events"):
        found["events"] = "events_not_asked"
    return found


def off_schedule(time_point: str, measured_at: datetime, clock: Clock) -> bool:
    """Was it measured too far from the planned time to count as on time?"""
    planned = planned_at(time_point, clock)
    return planned is not None and abs(measured_at - planned) > timedelta(
        minutes=PLANNED[time_point].tolerance
    )


def reaction_problem(began_at: datetime, *, started_at: datetime, at: datetime) -> str:
    """Why a reaction to the infusion cannot have begun then, or ""."""
    if began_at > at:
        return "future"
    return "reaction_before_start" if began_at < to_the_minute(started_at) else ""
