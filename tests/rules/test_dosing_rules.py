"""Slots, order, release, bedside and time points, as tables. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.models import TimePoint
from dosing.rules import bedside, orders, preparation, slots, time_points
from dosing.rules.measurements import VITAL_SIGNS, impossible
from enrollment.rules import Window
from enrollment.rules.window import infusion_window
from trial_site.core import protocol as protocols

PROTOCOL = protocols.latest()
SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOW = Window(date(2026, 3, 11), date(2026, 3, 16))  # onset on 1 March
ZONES = ["Etc/GMT+12", "America/New_York", "UTC", "Asia/Shanghai", "Asia/Kathmandu", "Pacific/Kiritimati"]

ALL_ZONES = [
    *ZONES,
    *(f"Etc/GMT{hours:+d}" for hours in range(-14, 13)),
    "Australia/Lord_Howe",
    "America/Santiago",
]


def at(day: int, hour: int, minute: int = 0, zone=SHANGHAI) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)


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


ORDERING = orders.Ordering(
    planned=at(12, 10), zone=SHANGHAI, protocol=PROTOCOL, at=at(12, 8), window=WINDOW, oxygen_before="none"
)
RECHECK = {
    "rechecked_at": at(12, 7, 45),
    "consent_stands": True,
    "still_moderate": True,
    "no_new_exclusion": True,
    "weight_kg": Decimal("70.0"),
    "weight_measured_on": date(2026, 3, 12),
    "temperature_c": Decimal("37.2"),
    "respiratory_rate": 20,
    "spo2_percent": 95,
    "oxygen_device": "none",
}


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, {}),
        ({"consent_stands": False}, {"consent_stands": "consent_does_not_stand"}),
        ({"still_moderate": False}, {"still_moderate": "severe"}),
        ({"no_new_exclusion": False}, {"no_new_exclusion": "new_exclusion"}),
        ({"respiratory_rate": 29}, {}),
        ({"respiratory_rate": 30}, {"respiratory_rate": "severe"}),
        ({"spo2_percent": 94}, {}),
        ({"spo2_percent": 93}, {"spo2_percent": "severe"}),
        ({"oxygen_device": "nasal_cannula"}, {"oxygen_reason": "oxygen_reason"}),
        ({"oxygen_device": "mask", "oxygen_reason": " "}, {"oxygen_reason": "oxygen_reason"}),
        ({"oxygen_device": "mask", "oxygen_reason": "For comfort; 96 % without."}, {}),
        ({"oxygen_device": "high_flow"}, {"oxygen_device": "severe"}),
        ({"rechecked_at": at(12, 8, 1)}, {"rechecked_at": "future"}),
        ({"rechecked_at": at(12, 6)}, {}),
        ({"rechecked_at": at(12, 5, 59)}, {"rechecked_at": "recheck_old"}),
        ({"rechecked_at": at(11, 23)}, {"rechecked_at": "recheck_day"}),
        ({"weight_measured_on": date(2026, 3, 11)}, {}),
        ({"weight_measured_on": date(2026, 3, 10)}, {"weight_measured_on": "weight_day"}),
        ({"weight_measured_on": date(2026, 3, 13)}, {"weight_measured_on": "future"}),
        ({"weight_kg": Decimal("19.9")}, {"weight_kg": "impossible"}),
    ],
)
def test_what_forbids_the_dose(changed, problems):
    assert orders.order_problems(RECHECK | changed, ORDERING) == problems


@pytest.mark.parametrize("protocol", protocols.versions().values(), ids=lambda one: one.version)
def test_every_line_of_the_list_has_a_check_and_every_check_a_line(protocol):
    assert {item.code for item in protocol.recheck.items} == orders.CHECKS.keys()


@pytest.mark.parametrize("window", [None, Window(date(2026, 3, 13), date(2026, 3, 18))])
def test_outside_the_window_there_is_no_order(window):
    late = replace(ORDERING, window=window)
    assert orders.order_problems(RECHECK, late) == {"rechecked_at": "outside_window"}


def test_oxygen_that_is_not_new_needs_no_reason():
    before = replace(ORDERING, oxygen_before="nasal_cannula")
    assert orders.order_problems(RECHECK | {"oxygen_device": "nasal_cannula"}, before) == {}


@pytest.mark.parametrize("spo2", range(94, 101))
@pytest.mark.parametrize("rate", [8, 12, 20, 29])
@pytest.mark.parametrize("temperature", ["36.0", "39.9"])
def test_improvement_never_bars_the_dose(spo2, rate, temperature):
    better = {"spo2_percent": spo2, "respiratory_rate": rate, "temperature_c": Decimal(temperature)}
    assert orders.order_problems(RECHECK | better, ORDERING) == {}


def test_a_protocol_may_allow_the_dose_in_a_severe_case():
    lenient = replace(ORDERING, protocol=replace(PROTOCOL, dose_when_severe=True))
    assert orders.order_problems(RECHECK | {"spo2_percent": 90}, lenient) == {}


@pytest.mark.parametrize(
    ("screening", "now", "changed"),
    [
        (Decimal(70), Decimal(77), False),
        (Decimal(70), Decimal("77.1"), True),
        (Decimal(70), Decimal(63), False),
        (Decimal(70), Decimal("62.9"), True),
        (None, Decimal(70), False),
    ],
)
def test_a_weight_change_above_ten_percent_is_noticed(screening, now, changed):
    assert orders.weight_changed(screening, now) is changed


PREPARING = preparation.Preparing(
    ordered_at=at(12, 8, 0), planned=at(12, 9, 30), protocol=PROTOCOL, at=at(12, 9)
)
PREPARED = {
    "thawed_at": at(12, 8, 40),
    "cells_millions": Decimal(70),
    "viability_percent": Decimal(91),
    "volume_ml": Decimal(100),
}


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, {}),
        ({"cells_millions": Decimal(0), "viability_percent": Decimal(0)}, {}),
        ({"thawed_at": at(12, 9, 1)}, {"thawed_at": "future"}),
        ({"thawed_at": at(12, 8, 1)}, {}),
        ({"thawed_at": at(12, 7, 59)}, {"thawed_at": "before_order"}),
        ({"viability_percent": Decimal("100.1")}, {"viability_percent": "impossible"}),
        ({"volume_ml": Decimal(105)}, {}),
        ({"volume_ml": Decimal("105.1")}, {"volume_ml": "not_nominal"}),
        ({"volume_ml": Decimal("94.9")}, {"volume_ml": "not_nominal"}),
    ],
)
def test_what_may_be_released(changed, problems):
    assert preparation.preparation_problems(PREPARED | changed, PREPARING) == problems


def test_no_bag_is_released_before_the_same_time_for_all():
    early = replace(PREPARING, planned=at(12, 9, 46))
    assert preparation.preparation_problems(PREPARED, early) == {"release": "released_too_early"}


@pytest.mark.parametrize(
    ("weight", "dose"), [("70.5", "70.5"), ("99.9", "99.9"), ("100", "100"), ("130", "100")]
)
def test_the_dose_follows_the_weight_up_to_the_cap(weight, dose):
    assert preparation.dose_millions(Decimal(weight), PROTOCOL) == Decimal(dose)


def test_a_bag_that_must_have_been_started_is_not_released():
    late = replace(PREPARING, at=at(12, 9, 40))
    assert preparation.start_by(PREPARED["thawed_at"], PROTOCOL) == at(12, 9, 40)
    assert preparation.use_by(PREPARED["thawed_at"], PROTOCOL) == at(12, 10, 10)
    assert preparation.preparation_problems(PREPARED, late) == {"thawed_at": "expired_before_release"}


BEDSIDE = bedside.Bedside(
    participant="01-003",
    kit="482913-5",
    window=WINDOW,
    zone=SHANGHAI,
    randomized_at=at(11, 15),
    rechecked_at=at(12, 8),
    start_by=at(12, 10, 30),
    others=(),
    vitals_recorded=True,
    bag_given=False,
    infused=False,
    protocol=PROTOCOL,
    at=at(12, 10),
)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, ""),
        ({"at": at(12, 10, 30)}, ""),
        ({"at": at(12, 10, 31)}, "past_start_by"),
        ({"window": None}, "outside_window"),
        ({"window": Window(date(2026, 3, 13), date(2026, 3, 18))}, "outside_window"),
        ({"window": Window(date(2026, 3, 6), date(2026, 3, 11))}, "outside_window"),
        ({"rechecked_at": at(12, 6)}, ""),
        ({"rechecked_at": at(12, 5, 59)}, "recheck_old"),
        ({"randomized_at": at(11, 10)}, ""),
        ({"randomized_at": at(11, 9, 59)}, "randomized_too_early"),
        ({"vitals_recorded": False}, "no_vitals_before"),
        ({"bag_given": True}, "bag_used"),
        ({"infused": True}, "infused_already"),
        ({"others": (at(11, 10, 1),)}, "first_apart"),
        ({"others": (at(11, 10),)}, ""),
        ({"others": (at(8, 9), at(9, 9), at(10, 9))}, ""),
        ({"others": (at(9, 9), at(12, 9))}, "first_apart"),
    ],
)
def test_what_forbids_the_start(changed, problem):
    assert bedside.start_problem(replace(BEDSIDE, **changed)) == problem


@pytest.mark.parametrize(
    ("codes", "problems"),
    [
        (("01-003", "482913-5"), {}),
        ((" 01-003 ", "482913-5\n"), {}),
        (("01-004", "482913-5"), {"participant_code": "wrong_participant"}),
        (("01-003", "482913-6"), {"bag_code": "wrong_bag"}),
        (("", ""), {"participant_code": "wrong_participant", "bag_code": "wrong_bag"}),
    ],
)
def test_participant_and_bag_are_identified(codes, problems):
    assert bedside.identification_problems(*codes, BEDSIDE) == problems


END = {
    "stopped_at": at(12, 10, 40),
    "volume_ml": Decimal(100),
    "incomplete_reason": "",
    "blind_kept": True,
}


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({}, {}),
        ({"stopped_at": at(12, 11, 1)}, {"stopped_at": "future"}),
        ({"stopped_at": at(12, 10)}, {}),
        ({"stopped_at": at(12, 9, 59)}, {"stopped_at": "before_start"}),
        ({"volume_ml": Decimal("100.1")}, {"volume_ml": "more_than_bag"}),
        ({"volume_ml": Decimal(60)}, {"incomplete_reason": "reason_needed"}),
        ({"volume_ml": Decimal(60), "incomplete_reason": "Flushing"}, {}),
    ],
)
def test_what_can_be_true_of_the_end(changed, problems):
    started_at = at(12, 10) + timedelta(seconds=40)
    found = bedside.stop_problems(END | changed, started_at=started_at, protocol=PROTOCOL, at=at(12, 11))
    assert found == problems


def test_a_late_end_and_a_broken_blind_are_asked_about():
    assert bedside.stop_doubts(END, use_by=at(12, 10, 40)) == {}
    doubts = bedside.stop_doubts(END | {"blind_kept": False}, use_by=at(12, 10, 39))
    assert doubts == {"stopped_at": "ended_past_use_by", "blind_kept": "blind_not_kept"}


def test_every_time_point_is_planned():
    assert list(time_points.PLANNED) == TimePoint.values
    assert time_points.BEFORE == TimePoint.BEFORE


RUNNING = time_points.Clock(at(12, 10))
STOPPED = time_points.Clock(at(12, 10), at(12, 10, 40))


@pytest.mark.parametrize(
    ("time_point", "clock", "planned"),
    [
        (TimePoint.BEFORE, time_points.Clock(), None),
        (TimePoint.BEFORE, RUNNING, at(12, 10)),
        (TimePoint.MIN15, RUNNING, at(12, 10, 15)),
        (TimePoint.END, RUNNING, None),
        (TimePoint.END30, STOPPED, at(12, 11, 10)),
        (TimePoint.HOUR24, STOPPED, at(13, 10, 40)),
    ],
)
def test_when_vital_signs_are_planned(time_point, clock, planned):
    assert time_points.planned_at(time_point, clock) == planned


@pytest.mark.parametrize(
    ("time_point", "measured_at", "clock", "problem"),
    [
        (TimePoint.BEFORE, at(12, 9, 40), time_points.Clock(), ""),
        (TimePoint.BEFORE, at(12, 9, 40), STOPPED, ""),
        (TimePoint.BEFORE, at(12, 10, 1), STOPPED, "after_start"),
        (TimePoint.MIN15, at(12, 10, 15), time_points.Clock(), "not_yet"),
        (TimePoint.MIN15, at(12, 9, 59), RUNNING, "before_anchor"),
        (TimePoint.MIN15, at(12, 10, 15), RUNNING, ""),
        (TimePoint.END, at(12, 10, 40), RUNNING, "not_yet"),
        (TimePoint.END, at(12, 10, 40), STOPPED, ""),
        (TimePoint.HOUR24, at(13, 10, 40), STOPPED, "future"),
    ],
)
def test_which_times_cannot_be_true(time_point, measured_at, clock, problem):
    assert time_points.time_problem(time_point, measured_at, clock=clock, at=at(12, 18)) == problem


@pytest.mark.parametrize(("minute", "late"), [(15, False), (20, False), (21, True), (9, True)])
def test_far_from_the_planned_time_is_noticed(minute, late):
    assert time_points.off_schedule(TimePoint.MIN15, at(12, 10, minute), RUNNING) is late


def test_vital_signs_must_be_possible():
    signs = {"systolic_mmhg": 80, "diastolic_mmhg": 80, "spo2_percent": 101, "measured_at": at(12, 10, 15)}
    found = time_points.vitals_problems("01", signs, clock=RUNNING, at=at(12, 18))
    assert found == {"diastolic_mmhg": "diastolic_not_below_systolic", "spo2_percent": "impossible"}
    assert impossible({"temperature_c": None}, VITAL_SIGNS) == {}
