"""The pre-dose re-check of day 0, which is the order to the pharmacy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from dosing.rules.measurements import RECHECK, impossible
from trial_site.core.protocol import Protocol

Values = Mapping[str, Any]

# A weight that differs from screening by more than this is measured or typed wrong, or a clinical event.
CONFIRM_WEIGHT_CHANGE = Decimal("0.10")
STATEMENTS = {
    "consent_stands": "consent_does_not_stand",
    "still_moderate": "severe",
    "no_new_exclusion": "new_exclusion",
}
# By themselves signs of a severe or critical case; low-flow oxygen is not (classification, entry 2).
ADVANCED_SUPPORT = ("high_flow", "non_invasive", "invasive")
LOW_FLOW = ("nasal_cannula", "mask")


@dataclass(frozen=True)
class Ordering:
    """What decides about an order. `planned` is the reserved start; `zone` is the study site's."""

    planned: datetime
    zone: tzinfo
    protocol: Protocol
    at: datetime


def order_problems(values: Values, ordering: Ordering) -> dict[str, str]:
    """What forbids the dose today, or cannot be true."""
    return (
        {field: kind for field, kind in STATEMENTS.items() if not values[field]}
        | _signs_of_severity(values, ordering.protocol)
        | impossible(values, RECHECK)
        | _wrong_times(values, ordering)
    )


def _signs_of_severity(values: Values, protocol: Protocol) -> dict[str, str]:
    """No dose for a severe case (entry 31), whatever was ticked."""
    if protocol.dose_when_severe:
        return {}
    severe = {
        "respiratory_rate": protocol.severe.respiratory_rate.holds(values["respiratory_rate"]),
        "spo2_percent": protocol.severe.spo2.holds(values["spo2_percent"]),
        "oxygen_device": values["oxygen_device"] in ADVANCED_SUPPORT,
    }
    return {field: "severe" for field, holds in severe.items() if holds}


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
