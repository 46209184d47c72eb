"""Limits and units of what is measured around the infusion.

The database refuses what is not possible, the form asks about what is not plausible. The limits are assumptions
of ours, wide enough for any living adult, so that a refusal is always a slip of the pen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trial_site.core.checks import Plausible


@dataclass(frozen=True)
class Limits:
    """Both pairs inclusive, in `unit`; `ucum` is the same unit for machines."""

    field: str
    unit: str
    ucum: str
    possible: tuple[Decimal, Decimal]
    plausible: tuple[float, float]


def limits(field: str, unit: str, ucum: str, *, possible: tuple, plausible: tuple) -> Limits:
    low, high = (Decimal(end) for end in possible)
    return Limits(field, unit, ucum, (low, high), plausible)


WEIGHT = limits("weight_kg", "kg", "kg", possible=(20, 300), plausible=(40, 150))
TEMPERATURE = limits("temperature_c", "°C", "Cel", possible=(25, 45), plausible=(35, 41))
HEART_RATE = limits("heart_rate", "/min", "/min", possible=(10, 350), plausible=(40, 150))
RESPIRATORY_RATE = limits("respiratory_rate", "/min", "/min", possible=(1, 120), plausible=(8, 40))
SYSTOLIC = limits("systolic_mmhg", "mmHg", "mm[Hg]", possible=(20, 350), plausible=(80, 200))
DIASTOLIC = limits("diastolic_mmhg", "mmHg", "mm[Hg]", possible=(5, 250), plausible=(40, 120))
SPO2 = limits("spo2_percent", "%", "%", possible=(10, 100), plausible=(80, 100))

RECHECK = (WEIGHT, TEMPERATURE, RESPIRATORY_RATE, SPO2)
VITAL_SIGNS = (TEMPERATURE, HEART_RATE, RESPIRATORY_RATE, SYSTOLIC, DIASTOLIC, SPO2)


def plausible(measured: Iterable[Limits]) -> list[Plausible]:
    return [Plausible(each.field, *each.plausible) for each in measured]


def impossible(values: Mapping[str, Any], measured: Iterable[Limits]) -> dict[str, str]:
    """The numbers that are given and cannot be."""
    return {
        each.field: "impossible"
        for each in measured
        if values.get(each.field) is not None
        and not each.possible[0] <= values[each.field] <= each.possible[1]
    }
