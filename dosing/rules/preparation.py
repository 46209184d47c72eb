"""The product is alive: what the pharmacist may release, and until when it may be used. Both arms alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dosing.rules.measurements import impossible, limits
from dosing.rules.time_points import to_the_minute
from trial_site.core.protocol import Protocol

# How far a filled bag may be from the nominal volume, which is the same for every participant. Assumed.
FILLING_TOLERANCE = Decimal("0.05")
# Beyond what is plausible, twice the protocol's cap, no bag is released.
CELLS = limits("cells_millions", "10⁶", "10*6", possible=(0, 10_000), plausible=(0, 200))
VIABILITY = limits("viability_percent", "%", "%", possible=(0, 100), plausible=(0, 100))
PREPARED = (CELLS, VIABILITY)


@dataclass(frozen=True)
class Preparing:
    """What decides about a release."""

    ordered_at: datetime
    planned: datetime
    protocol: Protocol
    at: datetime


def releasable_until(thawed_at: datetime, protocol: Protocol) -> datetime:
    """The last minute to release: no bag may be older than the times printed on it assume."""
    return thawed_at + timedelta(minutes=protocol.infusion.release_within_minutes_after_thaw)


def start_by(ready_at: datetime, protocol: Protocol) -> datetime:
    """The last moment to begin. It follows the release alone: how long preparing took depends on the product."""
    return _oldest_at(ready_at, protocol.infusion.stability.start_minutes, protocol)


def use_by(ready_at: datetime, protocol: Protocol) -> datetime:
    """By when the infusion has ended; it follows the release alone, too."""
    return _oldest_at(ready_at, protocol.infusion.stability.end_minutes, protocol)


def _oldest_at(ready_at: datetime, minutes: int, protocol: Protocol) -> datetime:
    """When the oldest bag that may be released in this minute was thawed so many minutes ago."""
    within = protocol.infusion.release_within_minutes_after_thaw
    return to_the_minute(ready_at) + timedelta(minutes=minutes - within)


def release_from(planned: datetime, protocol: Protocol) -> datetime:
    """The earliest release: the same for every bag, so that the hour of its release tells nothing."""
    return planned - timedelta(minutes=protocol.infusion.release_minutes_before)


def dose_millions(weight_kg: Decimal, protocol: Protocol) -> Decimal:
    """Viable cells for this weight in 10⁶, up to the cap; a bag without cells is planned with the same number."""
    return min(weight_kg * protocol.cells_per_kg, Decimal(protocol.cells_cap)) / 10**6


def preparation_problems(values: Mapping[str, Any], preparing: Preparing) -> dict[str, str]:
    found, nominal = impossible(values, PREPARED), preparing.protocol.bag_volume_ml
    if values["cells_millions"] > CELLS.plausible[1]:
        found.setdefault("cells_millions", "too_many_cells")
    if abs(values["volume_ml"] - nominal) > FILLING_TOLERANCE * nominal:
        found["volume_ml"] = "not_nominal"
    if preparing.at < release_from(preparing.planned, preparing.protocol):
        found["release"] = "released_too_early"
    if problem := _thaw_problem(values["thawed_at"], preparing):
        found["thawed_at"] = problem
    return found


def _thaw_problem(thawed_at: datetime, preparing: Preparing) -> str:
    if thawed_at > preparing.at:
        return "future"
    if thawed_at < to_the_minute(preparing.ordered_at):
        return "before_order"
    if to_the_minute(preparing.at) > releasable_until(thawed_at, preparing.protocol):
        return "thawed_too_long_ago"
    return ""
