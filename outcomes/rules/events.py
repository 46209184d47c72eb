"""Edit checks of adverse events; the same findings as for visits."""

from collections.abc import Mapping
from datetime import date
from typing import Any

Values = Mapping[str, Any]
Findings = dict[str, str]

DEATH, LIFE_THREATENING = 5, 4
CRITERIA = ("life_threatening", "hospitalisation", "disability", "birth_defect", "medically_important")
OVER = ("recovered", "sequelae")
GOING_ON = ("recovering", "not_recovered")


def impossible_event(values: Values, *, consented_on: date, today: date) -> Findings:
    """What cannot be true of an adverse event; what began before consent is medical history."""
    found = {}
    started_on, ended_on = values["started_on"], values["ended_on"]
    if started_on < consented_on:
        found["started_on"] = "before_consent"
    if started_on > today:
        found["started_on"] = "future_day"
    if ended_on and ended_on > today:
        found["ended_on"] = "future_day"
    elif ended_on and ended_on < started_on:
        found["ended_on"] = "ends_before_onset"
    elif ended_on and values["outcome"] in GOING_ON:
        found["ended_on"] = "ended_but_going_on"
    return found | _impossible_death(values) | _impossible_seriousness(values)


def _impossible_seriousness(values: Values) -> Findings:
    """A serious event says why; death and danger to life say it by their grade."""
    met, found = any(values.get(name) for name in CRITERIA), {}
    if met and not values["serious"]:
        found["serious"] = "criterion_means_serious"
    if values["serious"] and not met and values["grade"] < LIFE_THREATENING:
        found["serious"] = "why_serious"
    return found


def _impossible_death(values: Values) -> Findings:
    """Death is CTCAE grade 5, fatal, serious and has a date: all or none."""
    dead, found = values["grade"] == DEATH, {}
    if dead != (values["outcome"] == "fatal"):
        found["outcome"] = "fatal_is_grade_5"
    if dead and not values["serious"]:
        found["serious"] = "death_is_serious"
    if dead and not values["ended_on"]:
        found["ended_on"] = "date_of_death"
    return found


def doubtful_event(values: Values) -> Findings:
    found = {}
    if values["grade"] == LIFE_THREATENING and not values["serious"]:
        found["serious"] = "life_threatening_is_serious"
    if values["outcome"] in OVER and not values["ended_on"]:
        found["ended_on"] = "over_without_end"
    return found
