"""The infusion window: calendar days of the site, both ends included."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.rules import Place, infusion_window, place_in_window
from enrollment.rules.days import add_days, add_months, completed_years
from tests.rules.people import PROTOCOL

ONSET = date(2024, 2, 20)
WINDOW = infusion_window(ONSET, PROTOCOL)


@pytest.mark.parametrize(
    ("day", "place", "left"),
    [(9, Place.BEFORE, 6), (10, Place.WITHIN, 5), (15, Place.WITHIN, 0), (16, Place.AFTER, 0)],
)
def test_days_9_10_15_and_16(day, place, left) -> None:
    on = ONSET + timedelta(days=day)
    assert place_in_window(WINDOW, on) is place
    assert WINDOW.contains(on) is (place is Place.WITHIN)
    assert WINDOW.days_left(on) == left


def test_window_goes_over_the_leap_day() -> None:
    assert (date(2024, 3, 1), date(2024, 3, 6)) == WINDOW


@given(st.dates())
def test_every_onset_has_a_window(onset: date) -> None:
    window = infusion_window(onset, PROTOCOL)
    assert onset <= window.first <= window.last


@given(st.dates(), st.integers(-(10**6), 10**6))
def test_days_stay_inside_the_calendar(day: date, number: int) -> None:
    assert date.min <= add_days(day, number) <= date.max
    assert add_days(add_days(date(2000, 1, 1), 40), -40) == date(2000, 1, 1)


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2025, 11, 30), date(2026, 2, 28)),
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2025, 12, 31), date(2026, 3, 31)),
        (date(2025, 10, 15), date(2026, 1, 15)),
        (date(9999, 12, 1), date.max),
    ],
)
def test_three_calendar_months(day, later) -> None:
    assert add_months(day, 3) == later


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2004, 2, 29), date(2025, 2, 28), 20),
        (date(2004, 2, 29), date(2025, 3, 1), 21),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
        (date(1940, 3, 1), date(2026, 2, 28), 85),
        (date(1940, 3, 1), date(2026, 3, 1), 86),
    ],
)
def test_completed_years(born, on, years) -> None:
    assert completed_years(born, on) == years
