"""Start, end and time points of an infusion, as tables. No database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dosing.models import TimePoint
from dosing.rules import bedside, time_points
from dosing.rules.measurements import VITAL_SIGNS, impossible
from enrollment.rules import Window
from tests.rules.infusion_days import PROTOCOL, SHANGHAI, WINDOW, at

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
