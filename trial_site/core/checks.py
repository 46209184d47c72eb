"""Soft edit checks: a value that is possible but unlikely is confirmed by the person, and leaves a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Concern:
    """A soft check that fired on `field`; `message` is what the person confirms."""

    field: str
    message: Any


Check = Callable[[Mapping[str, Any]], list[Concern]]


@dataclass(frozen=True)
class Plausible:
    """Soft limits of one number, in the field's unit, both inclusive."""

    field: str
    low: float
    high: float


def implausible(values: Mapping[str, Any], ranges: list[Plausible]) -> list[tuple[Plausible, Any]]:
    """The ranges whose value is given and lies outside."""
    return [
        (limits, values[limits.field])
        for limits in ranges
        if values.get(limits.field) is not None
        and not limits.low <= float(values[limits.field]) <= limits.high
    ]
