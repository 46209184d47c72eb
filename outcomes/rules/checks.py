"""Edit checks of visit forms: what cannot be true is refused, what is unlikely is asked about and leaves a query.

A finding is a field and a kind; outcomes.actions.edit_checks has the sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from dosing.rules.measurements import impossible as impossible_numbers
from dosing.rules.measurements import plausible
from outcomes.rules.limits import LIMITS
from trial_site.core.checks import implausible

Values = Mapping[str, Any]
Findings = dict[str, str]
MOMENTS = {"VS": "measured_at", "CP": "assessed_at", "LB": "sampled_at"}
DEVICES_WITHOUT_FLOW = ("none", "invasive")

# The oxygen support that each score of the WHO Clinical Progression Scale stands for; 10 is dead.
SUPPORT_OF_SCORE: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((0, 1, 2, 3, 4), ("none",)),
    5: ("nasal_cannula", "mask"),
    6: ("high_flow", "non_invasive"),
    **dict.fromkeys((7, 8, 9), ("invasive",)),
    10: (),
}


@dataclass(frozen=True)
class VisitFacts:
    """What the checks of one form know of its visit; dates and `zone` are the study site's."""

    took_place_on: date
    first: date
    last: date
    zone: tzinfo
    oxygen_device: str = ""
    score: int | None = None


def impossible(form: str, values: Values, *, at: datetime) -> Findings:
    """What cannot be true: numbers outside their limits, values that exclude each other, times to come."""
    found = impossible_numbers(values, LIMITS.get(form, ()))
    moment = values.get(MOMENTS[form])
    if moment and moment > at:
        found[MOMENTS[form]] = "future"
    if _given(values, "diastolic_mmhg", "systolic_mmhg") and (
        values["diastolic_mmhg"] >= values["systolic_mmhg"]
    ):
        found["diastolic_mmhg"] = "diastolic_not_below_systolic"
    if _given(values, "oxygen_flow_l_min") and values.get("oxygen_device") in (None, "", "none"):
        found["oxygen_flow_l_min"] = "flow_without_device"
    if _given(values, "lymphocytes_10e9_l", "wbc_10e9_l") and (
        values["lymphocytes_10e9_l"] > values["wbc_10e9_l"]
    ):
        found["lymphocytes_10e9_l"] = "more_lymphocytes_than_cells"
    return found


def _given(values: Values, *fields: str) -> bool:
    return all(values.get(field) is not None for field in fields)


def doubts(form: str, values: Values, visit: VisitFacts) -> Findings:
    """Soft checks across fields, forms and the visit window that fire."""
    found = {}
    if not visit.first <= visit.took_place_on <= visit.last:
        found["took_place_on"] = "outside_window"
    name = MOMENTS.get(form, "")
    if values.get(name) and values[name].astimezone(visit.zone).date() != visit.took_place_on:
        found[name] = "other_day"
    if form == "CP" and not score_fits_support(values.get("score"), visit.oxygen_device):
        found["score"] = "score_against_support"
    if form == "VS" and not score_fits_support(visit.score, values.get("oxygen_device")):
        found["oxygen_device"] = "score_against_support"
    return found


def score_fits_support(score: int | None, device: str | None) -> bool:
    """Do the WHO score and the oxygen support of one visit agree? They do while either is open."""
    return score is None or not device or device in SUPPORT_OF_SCORE[score]


def fields_in_doubt(form: str, values: Values, visit: VisitFacts) -> set[str]:
    """Every field on which a soft check fires, soft limits included."""
    beyond = {limits.field for limits, _ in implausible(values, plausible(LIMITS.get(form, ())))}
    return beyond | set(doubts(form, values, visit))
