"""Adverse events that cannot be, and those that are asked about: tables. No database."""

from datetime import date

import pytest

from outcomes.rules.events import doubtful_event, impossible_event

EVENT = {
    "started_on": date(2026, 3, 12),
    "ended_on": None,
    "grade": 2,
    "serious": False,
    "outcome": "recovering",
}
DEATH = {"grade": 5, "outcome": "fatal", "serious": True, "ended_on": date(2026, 3, 14)}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {}),
        ({"started_on": date(2026, 2, 28)}, {"started_on": "before_consent"}),
        ({"started_on": date(2026, 3, 18)}, {"started_on": "future_day"}),
        ({"ended_on": date(2026, 3, 18), "outcome": "recovered"}, {"ended_on": "future_day"}),
        ({"ended_on": date(2026, 3, 11), "outcome": "recovered"}, {"ended_on": "ends_before_onset"}),
        ({"ended_on": date(2026, 3, 14)}, {"ended_on": "ended_but_going_on"}),
        (DEATH, {}),
        (DEATH | {"outcome": "unknown"}, {"outcome": "fatal_is_grade_5"}),
        ({"outcome": "fatal"}, {"outcome": "fatal_is_grade_5"}),
        (DEATH | {"serious": False}, {"serious": "death_is_serious"}),
        (DEATH | {"ended_on": None}, {"ended_on": "date_of_death"}),
    ],
)
def test_adverse_events_that_cannot_be(changes, found):
    assert impossible_event(EVENT | changes, consented_on=date(2026, 3, 1), today=date(2026, 3, 17)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {}),
        ({"grade": 4}, {"serious": "life_threatening_is_serious"}),
        ({"grade": 4, "serious": True}, {}),
        ({"outcome": "recovered"}, {"ended_on": "over_without_end"}),
    ],
)
def test_adverse_events_that_are_asked_about(changes, found):
    assert doubtful_event(EVENT | changes) == found
