"""The pre-dose re-check of day 0, which is the order to the pharmacy.

The protocol lists what is checked (`recheck`), with a version of its own; here is how each line is decided. No line
asks whether the participant got better: improvement never bars the dose.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from dosing.rules.measurements import RECHECK, impossible
from enrollment.rules import Window
from trial_site.core.protocol import Protocol

Values = Mapping[str, Any]
Check = Callable[[Values, "Ordering"], dict[str, str]]

# A weight that differs from screening by more than this is measured or typed wrong, or a clinical event.
CONFIRM_WEIGHT_CHANGE = Decimal("0.10")
# By themselves signs of a severe or critical case; low-flow oxygen is not (classification, entry 2).
ADVANCED_SUPPORT = ("high_flow", "non_invasive", "invasive")
LOW_FLOW = ("nasal_cannula", "mask")


@dataclass(frozen=True)
class Ordering:
    """What decides about an order. `planned` is the reserved start; `zone` is the study site's.

    oxygen_before: the oxygen support at screening.
    """

    planned: datetime
    zone: tzinfo
    protocol: Protocol
    at: datetime
    window: Window | None
    oxygen_before: str


def order_problems(values: Values, ordering: Ordering) -> dict[str, str]:
    """What forbids the dose today, or cannot be true."""
    found: dict[str, str] = {}
    for item in ordering.protocol.recheck.items:
        found |= CHECKS[item.code](values, ordering)
    return found | impossible(values, RECHECK) | _wrong_times(values, ordering)


def stated(field: str, kind: str) -> Check:
    """The investigator has to confirm it."""
    return lambda values, ordering: {} if values[field] else {field: kind}


def inside_window(values: Values, ordering: Ordering) -> dict[str, str]:
    planned_on = ordering.planned.astimezone(ordering.zone).date()
    inside = ordering.window is not None and ordering.window.contains(planned_on)
    return {} if inside else {"rechecked_at": "outside_window"}


def newly_on_oxygen(values: Values, ordering: Ordering) -> dict[str, str]:
    """On low-flow oxygen, and not at screening: the saturation no longer shows a moderate case by itself."""
    new = values["oxygen_device"] in LOW_FLOW and values["oxygen_device"] != ordering.oxygen_before
    return {"oxygen_reason": "oxygen_reason"} if new and not values.get("oxygen_reason", "").strip() else {}


def signs_of_severity(values: Values, ordering: Ordering) -> dict[str, str]:
    """No dose for a severe case (entry 31), whatever was ticked."""
    protocol = ordering.protocol
    if protocol.dose_when_severe:
        return {}
    severe = {
        "respiratory_rate": protocol.severe.respiratory_rate.holds(values["respiratory_rate"]),
        "spo2_percent": protocol.severe.spo2.holds(values["spo2_percent"]),
        "oxygen_device": values["oxygen_device"] in ADVANCED_SUPPORT,
    }
    return {field: "severe" for field, holds in severe.items() if holds}


CHECKS: dict[str, Check] = {
    "consent_stands": stated("consent_stands", "consent_does_not_stand"),
    "window": inside_window,
    "still_moderate": stated("still_moderate", "severe"),
    "no_new_exclusion": stated("no_new_exclusion", "new_exclusion"),
    "vital_signs": signs_of_severity,
    "oxygen": newly_on_oxygen,
}


def _wrong_times(values: Values, ordering: Ordering) -> dict[str, str]:
    found = {
        "rechecked_at": recheck_problem(values["rechecked_at"], ordering),
        "weight_measured_on": weight_day_problem(values["weight_measured_on"], ordering),
    }
    return {field: kind for field, kind in found.items() if kind}


def weight_day_problem(measured_on: date, ordering: Ordering) -> str:
    """The weight is of day 0 or the day before."""
    if measured_on > ordering.at.astimezone(ordering.zone).date():
        return "future"
    planned_on = ordering.planned.astimezone(ordering.zone).date()
    return "" if planned_on - measured_on in (timedelta(0), timedelta(days=1)) else "weight_day"


def recheck_problem(rechecked_at: datetime, ordering: Ordering) -> str:
    """A re-check is of the day of the infusion, and still fresh at the planned start."""
    if rechecked_at > ordering.at:
        return "future"
    if rechecked_at.astimezone(ordering.zone).date() != ordering.planned.astimezone(ordering.zone).date():
        return "recheck_day"
    if not recheck_fresh(rechecked_at, at=max(ordering.at, ordering.planned), protocol=ordering.protocol):
        return "recheck_old"
    return ""


def recheck_fresh(rechecked_at: datetime, *, at: datetime, protocol: Protocol) -> bool:
    return at - rechecked_at <= timedelta(hours=protocol.recheck_max_hours)


def weight_changed(screening_kg: Decimal | None, weight_kg: Decimal) -> bool:
    """Does the weight differ so much from screening that somebody must confirm it?"""
    return screening_kg is not None and abs(weight_kg - screening_kg) > CONFIRM_WEIGHT_CHANGE * screening_kg
