"""Edit checks of forms: what cannot be true is refused, what is unlikely is asked about and leaves a query.

A finding is a field and a kind; outcomes.actions.edit_checks has the sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from dosing.rules.measurements import impossible as impossible_numbers
from dosing.rules.measurements import plausible
from outcomes.rules.sheets import SHEETS, Sheet
from trial_site.core.checks import implausible

Values = Mapping[str, Any]
Findings = dict[str, str]

# The oxygen support that each score of the WHO Clinical Progression Scale stands for; 10 is dead.
SUPPORT_OF_SCORE: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((0, 1, 2, 3, 4), ("none",)),
    5: ("nasal_cannula", "mask"),
    6: ("high_flow", "non_invasive"),
    **dict.fromkeys((7, 8, 9), ("invasive",)),
    10: (),
}

PARTS = {"lymphocytes_10e9_l": "more_lymphocytes_than_cells"}


@dataclass(frozen=True)
class Person:
    """Whom a form is about, and now; `today` and `born` are dates, `zone` is the study site's."""

    at: datetime
    today: date
    zone: tzinfo
    born: date | None = None
    sex: str = ""


@dataclass(frozen=True)
class VisitFacts:
    """What the checks of one form know of its visit; dates and `zone` are the study site's."""

    took_place_on: date
    first: date | None
    last: date | None
    zone: tzinfo
    oxygen_device: str = ""
    score: int | None = None


def impossible(form: str, values: Values, person: Person) -> Findings:
    """What cannot be true: numbers outside their limits, values that exclude each other, times to come."""
    sheet = SHEETS[form]
    return {
        **impossible_numbers(values, sheet.limits),
        **_impossible_times({name: v for name, v in values.items() if name not in sheet.ahead}, person),
        **_out_of_order(values, sheet),
        **_not_applicable(values, sheet),
        **_impossible_pressure(values),
        **({} if person.sex in sheet.sexes else {sheet.moment: "not_of_this_sex"}),
    }


def _impossible_times(values: Values, person: Person) -> Findings:
    found = {}
    for field, value in values.items():
        if isinstance(value, datetime):
            if value > person.at:
                found[field] = "future"
            value = value.astimezone(person.zone).date()
        elif isinstance(value, date) and value > person.today:
            found[field] = "future_day"
        if isinstance(value, date) and person.born and value < person.born:
            found[field] = "before_birth"
    return found


def _out_of_order(values: Values, sheet: Sheet) -> Findings:
    """A date is wrong where it ends, a number where it exceeds what it is a part of."""
    found = {}
    for first, last in sheet.ordered:
        if _given(values, first, last) and values[first] > values[last]:
            dates = isinstance(values[first], date)
            found[last if dates else first] = (
                "ends_before_onset" if dates else PARTS.get(first, "above_the_whole")
            )
    return found


def _not_applicable(values: Values, sheet: Sheet) -> Findings:
    """Fields that are given although they do not apply."""
    return {
        rule.field: rule.kind
        for rule in sheet.only
        if values.get(rule.field) not in (None, "") and not rule.holds(values)
    }


def _impossible_pressure(values: Values) -> Findings:
    pair = ("diastolic_mmhg", "systolic_mmhg")
    too_high = _given(values, *pair) and values[pair[0]] >= values[pair[1]]
    return {pair[0]: "diastolic_not_below_systolic"} if too_high else {}


def _given(values: Values, *fields: str) -> bool:
    return all(values.get(field) is not None for field in fields)


def doubts(form: str, values: Values, visit: VisitFacts) -> Findings:
    """Soft checks across fields, forms and the visit window that fire."""
    found = doubts_within(form, values)
    if visit.first and visit.last and not visit.first <= visit.took_place_on <= visit.last:
        found["took_place_on"] = "outside_window"
    name = SHEETS[form].moment if form in SHEETS else ""
    if values.get(name) and day_of(values[name], visit.zone) != visit.took_place_on:
        found[name] = "other_day"
    if form == "CP" and not score_fits_support(values.get("score"), visit.oxygen_device):
        found["score"] = "score_against_support"
    if form == "VS" and not score_fits_support(visit.score, values.get("oxygen_device")):
        found["oxygen_device"] = "score_against_support"
    return found


def doubts_within(form: str, values: Values) -> Findings:
    """Soft checks that need nothing but the form itself."""
    found = {}
    if form == "DY" and not score_fits_support(values.get("score"), values.get("oxygen_device")):
        found["score"] = "score_against_support"
    if form == "DY" and not severity_fits_signs(values):
        found["severity"] = "severity_against_signs"
    if form == "PC" and not result_fits_ct(values):
        found["result"] = "result_against_ct"
    return found


def day_of(moment: date | datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def score_fits_support(score: int | None, device: str | None) -> bool:
    """Do a WHO score and the oxygen support agree? They do while either is open."""
    return score is None or not device or device in SUPPORT_OF_SCORE[score]


def severity_fits_signs(values: Values) -> bool:
    """Is the NHC class at least what breathing and saturation say (30/min or more; 93 % or less on room air)?"""
    rate, spo2 = values.get("respiratory_rate"), values.get("spo2_percent")
    on_air = values.get("oxygen_device") == "none"
    severe = (rate is not None and rate >= 30) or (on_air and spo2 is not None and spo2 <= 93)
    return not severe or values.get("severity") in (None, "", "severe", "critical")


def result_fits_ct(values: Values) -> bool:
    """A negative result with a gene detected below the cut-off, or a positive one without, is asked about."""
    cts, cutoff = [values.get("orf1ab_ct"), values.get("n_ct")], values.get("cutoff_ct")
    if (
        cutoff is None
        or all(ct is None for ct in cts)
        or values.get("result") not in ("positive", "negative")
    ):
        return True
    detected = any(ct is not None and ct < cutoff for ct in cts)
    return detected == (values["result"] == "positive")


def fields_in_doubt(form: str, values: Values, visit: VisitFacts) -> set[str]:
    """Every field on which a soft check fires, soft limits included."""
    return beyond(form, values) | set(doubts(form, values, visit))


def beyond(form: str, values: Values) -> set[str]:
    """Fields outside their soft limits."""
    limits = SHEETS[form].limits if form in SHEETS else ()
    return {each.field for each, _ in implausible(values, plausible(limits))}
