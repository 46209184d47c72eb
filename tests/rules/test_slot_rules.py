"""When an infusion may be planned, as tables and for every zone. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.rules import bedside, slots
from enrollment.rules import Window
from enrollment.rules.window import infusion_window
from tests.rules.infusion_days import PROTOCOL, SHANGHAI, WINDOW, at
from tests.rules.test_bedside_rules import BEDSIDE

ZONES = ["Etc/GMT+12", "America/New_York", "UTC", "Asia/Shanghai", "Asia/Kathmandu", "Pacific/Kiritimati"]
ALL_ZONES = [
    *ZONES,
    *(f"Etc/GMT{hours:+d}" for hours in range(-14, 13)),
    "Australia/Lord_Howe",
    "America/Santiago",
]


HOURS = range(8, 17)
PLANNING = slots.Planning(WINDOW, SHANGHAI, PROTOCOL, at=at(5, 9), hours=HOURS, lead_minutes=120)


@pytest.mark.parametrize(
    ("starts_at", "problem"),
    [
        (at(10, 16), "outside_window"),
        (at(11, 8), ""),
        (at(16, 16), ""),
        (at(17, 8), "outside_window"),
        (at(12, 7), "not_offered"),
        (at(12, 17), "not_offered"),
        (at(12, 10, 30), "not_offered"),
        (datetime(2026, 3, 11, 0, 0, tzinfo=UTC), ""),  # 08:00 on day 10 in Shanghai, still day 10 in UTC
        (datetime(2026, 3, 10, 17, 0, tzinfo=UTC), "not_offered"),  # day 10 in Shanghai, day 9 in UTC
    ],
)
def test_slot_lies_in_the_window_of_the_site_in_working_hours(starts_at, problem):
    assert slots.slot_problem(starts_at, PLANNING) == problem


@pytest.mark.parametrize(
    ("now", "starts_at", "problem"),
    [
        (at(12, 8), at(12, 10), ""),
        (at(12, 8, 1), at(12, 10), "too_soon"),
        (at(12, 12), at(12, 10), "too_soon"),
    ],
)
def test_the_pharmacy_has_its_lead_time(now, starts_at, problem):
    assert slots.slot_problem(starts_at, replace(PLANNING, at=now)) == problem


@pytest.mark.parametrize(("starts_at", "problem"), [(at(13, 9), ""), (at(13, 10), "randomized_too_early")])
def test_a_randomized_participant_keeps_within_the_hours_from_randomization(starts_at, problem):
    planning = replace(PLANNING, at=at(12, 9), randomized_at=at(12, 9))
    assert slots.slot_problem(starts_at, planning) == problem


def test_without_an_onset_there_is_no_slot():
    planning = replace(PLANNING, window=None)
    assert slots.slot_problem(at(12, 9), planning) == "no_window"
    assert list(slots.possible_slots(planning)) == []


@given(zone=st.sampled_from(ZONES), first=st.dates(date(2024, 1, 1), date(2030, 12, 1)))
def test_every_offered_slot_is_inside_the_window_on_the_sites_calendar(zone, first):
    window, tz = Window(first, first + timedelta(days=5)), ZoneInfo(zone)
    planning = replace(PLANNING, window=window, zone=tz, at=datetime(2023, 1, 1, tzinfo=UTC))
    offered = list(slots.possible_slots(planning))
    assert len(offered) == 6 * len(HOURS) == len(set(offered))
    assert all(window.contains(start.astimezone(UTC).astimezone(tz).date()) for start in offered)


@given(zone=st.sampled_from(ALL_ZONES), onset=st.dates(date(2024, 1, 1), date(2030, 12, 1)), data=st.data())
def test_day_10_to_15_are_the_sites_days_whatever_the_clock_does(zone, onset, data):
    """Days 9 and 16 are outside on every calendar, at every hour, in the hour that a change of clocks repeats too."""
    window, tz = infusion_window(onset, PROTOCOL), ZoneInfo(zone)
    day, hour = data.draw(st.integers(8, 17)), data.draw(st.integers(0, 23))
    starts_at = datetime.combine(onset + timedelta(days=day), time(hour), tz).astimezone(UTC)
    on_the_day = starts_at.astimezone(tz).date()
    planning = replace(PLANNING, window=window, zone=tz, at=datetime(2023, 1, 1, tzinfo=UTC), hours=range(24))
    inside = 10 <= (on_the_day - onset).days <= 15
    assert (slots.slot_problem(starts_at, planning) == "outside_window") is not inside
    assert slots.slot_problem(starts_at, planning) in ("", "outside_window")
    at_the_bed = replace(
        BEDSIDE,
        window=window,
        zone=tz,
        at=starts_at,
        rechecked_at=starts_at,
        randomized_at=starts_at,
        start_by=starts_at,
    )
    assert bedside.start_problem(at_the_bed) == ("" if inside else "outside_window")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("UTC", date(2026, 3, 8), 24),
    ],
)
def test_every_hour_that_the_clock_shows_is_offered_once(zone, day, hours):
    """The hour left out in spring is not; the window closes when that many hours have really passed."""
    tz, window = ZoneInfo(zone), Window(day, day)
    midnight = datetime.combine(day, time(0), tz)
    planning = replace(PLANNING, window=window, zone=tz, at=datetime(2023, 1, 1, tzinfo=UTC), hours=range(24))
    offered = [start.astimezone(UTC) for start in slots.possible_slots(planning)]
    assert len(offered) == len(set(offered)) == min(hours, 24)
    assert slots.elapsed(midnight, slots.closes_at(window, tz)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("hours", "warning"),
    [(73, None), (72, 72), (49, 72), (48, 48), (24, 24), (1, 24), (0, None), (-1, None)],
)
def test_the_warning_that_has_come(hours, warning):
    at = slots.closes_at(WINDOW, SHANGHAI) - timedelta(hours=hours)
    assert slots.warning_due(WINDOW, zone=SHANGHAI, at=at, protocol=PROTOCOL) == warning


def test_days_are_numbered_as_the_protocol_counts():
    numbers = [slots.day_of_infection(day, WINDOW, PROTOCOL) for day in slots.days_of(WINDOW)]
    assert numbers == [10, 11, 12, 13, 14, 15]
