"""Planned visits, their status, edit checks and retries: tables, no database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.rules.checks import (
    SUPPORT_OF_SCORE,
    VisitFacts,
    doubts,
    fields_in_doubt,
    impossible,
    score_fits_support,
)
from outcomes.rules.events import doubtful_event, impossible_event
from outcomes.rules.limits import LIMITS
from outcomes.rules.retries import WAITS, next_attempt
from outcomes.rules.schedule import Course, VisitStatus, day_zero, impossible_date, planned_visits
from trial_site.core import protocol

VISITS = protocol.latest().visits
INFUSED = date(2026, 3, 10)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 17, 12, 0, tzinfo=SHANGHAI)
days = timedelta


def course(**changes) -> Course:
    known = {
        "randomized_on": INFUSED - days(1),
        "anchor": INFUSED,
        "settled": True,
        "done": {},
        "ended_on": None,
    }
    return Course(**(known | changes))


def plan(on: date, **changes) -> dict:
    return {v.code: v for v in planned_visits(VISITS, course(**changes), on=on, language="en")}


class TestSchedule:
    def test_the_protocol_s_visits_with_forms_of_ours_in_order(self):
        assert list(plan(INFUSED)) == ["D0", "D1", "D3", "D7", "D10", "D14", "D28", "M3", "M6", "M12"]

    def test_a_window_counts_from_the_infusion(self):
        day7 = plan(INFUSED)["D7"]
        assert (day7.first, day7.target, day7.last) == (
            date(2026, 3, 16),
            date(2026, 3, 17),
            date(2026, 3, 18),
        )
        assert (day7.title, day7.forms) == ("Day 7", ("VS", "CP", "LB"))

    def test_the_title_is_in_the_language_of_the_screen(self):
        chinese = planned_visits(VISITS, course(), on=INFUSED, language="zh-hans")
        assert next(v.title for v in chinese if v.code == "D7") == "第 7 天"

    @pytest.mark.parametrize(
        ("day", "status"),
        [(5, "expected"), (6, "due"), (8, "due"), (9, "late"), (15, "late"), (16, "missed")],
    )
    def test_status_of_day_7(self, day, status):
        assert plan(INFUSED + days(day))["D7"].status == status

    def test_what_took_place_is_done_whenever_it_was(self):
        done = plan(INFUSED + days(30), done={"D7": INFUSED + days(12)})["D7"]
        assert (done.status, done.took_place_on) == (VisitStatus.DONE, INFUSED + days(12))

    def test_after_death_or_the_end_of_consent_nothing_is_asked_any_more(self):
        ended = plan(INFUSED + days(60), ended_on=INFUSED + days(10), done={"D3": INFUSED + days(3)})
        assert ended["D3"].status == "done"
        assert ended["D7"].status == "missed"
        assert {ended[code].status for code in ("D10", "D14", "D28", "M12")} == {"not_applicable"}

    def test_nothing_is_due_while_the_infusion_is_still_to_come(self):
        assert {v.status for v in plan(INFUSED + days(3), settled=False).values()} == {"expected"}

    @given(day=st.integers(min_value=-30, max_value=500))
    def test_every_visit_has_one_status_and_its_target_inside_its_window(self, day):
        for visit in plan(INFUSED + days(day)).values():
            assert visit.first <= visit.target <= visit.last
            assert (visit.status == "due") == (visit.first <= INFUSED + days(day) <= visit.last)


@pytest.mark.parametrize(
    ("infused_on", "planned_on", "may_be_infused", "expected"),
    [
        (INFUSED, None, False, (INFUSED, True)),
        (None, INFUSED, True, (INFUSED, False)),
        (None, None, True, (INFUSED - days(1), False)),
        (None, INFUSED, False, (INFUSED - days(1), True)),
    ],
    ids=["infused", "planned", "not planned yet", "never infused"],
)
def test_day_0(infused_on, planned_on, may_be_infused, expected):
    given = {"infused_on": infused_on, "planned_on": planned_on, "may_be_infused": may_be_infused}
    assert day_zero(**given, randomized_on=INFUSED - days(1)) == expected


@pytest.mark.parametrize(
    ("day", "kind"),
    [(-2, "before_randomization"), (-1, None), (7, None), (8, "future_day")],
)
def test_days_on_which_a_visit_cannot_have_taken_place(day, kind):
    found = impossible_date(course(), INFUSED + days(day), today=INFUSED + days(7))
    assert found == ({"took_place_on": kind} if kind else {})


def test_no_visit_after_follow_up_ended():
    found = impossible_date(course(ended_on=INFUSED), INFUSED + days(1), today=INFUSED + days(7))
    assert found == {"took_place_on": "after_end"}


EDGES = [
    (form, limits, end, step)
    for form, measured in LIMITS.items()
    for limits in measured
    for end, step in zip(limits.possible, (-1, 1), strict=True)
]


@pytest.mark.parametrize(("form", "limits", "end", "step"), EDGES, ids=lambda v: getattr(v, "field", str(v)))
def test_every_number_is_possible_up_to_its_limit_and_not_beyond(form, limits, end, step):
    device = {"oxygen_device": "nasal_cannula"}
    beyond = end + step * Decimal("0.1")
    assert limits.field not in impossible(form, device | {limits.field: end}, at=NOON)
    assert impossible(form, device | {limits.field: beyond}, at=NOON)[limits.field] == "impossible"


@pytest.mark.parametrize(
    "limits", [each for measured in LIMITS.values() for each in measured], ids=lambda v: v.field
)
def test_what_is_plausible_is_possible(limits):
    assert limits.possible[0] <= Decimal(str(limits.plausible[0]))
    assert Decimal(str(limits.plausible[1])) <= limits.possible[1]


@pytest.mark.parametrize(
    ("form", "values", "found"),
    [
        ("VS", {"systolic_mmhg": 120, "diastolic_mmhg": 80}, {}),
        (
            "VS",
            {"systolic_mmhg": 80, "diastolic_mmhg": 80},
            {"diastolic_mmhg": "diastolic_not_below_systolic"},
        ),
        ("VS", {"systolic_mmhg": None, "diastolic_mmhg": 80}, {}),
        ("VS", {"oxygen_flow_l_min": 2, "oxygen_device": "nasal_cannula"}, {}),
        (
            "VS",
            {"oxygen_flow_l_min": 2, "oxygen_device": "none"},
            {"oxygen_flow_l_min": "flow_without_device"},
        ),
        ("VS", {"oxygen_flow_l_min": 2, "oxygen_device": ""}, {"oxygen_flow_l_min": "flow_without_device"}),
        ("VS", {"measured_at": NOON}, {}),
        ("VS", {"measured_at": NOON + timedelta(minutes=1)}, {"measured_at": "future"}),
        ("LB", {"wbc_10e9_l": 5, "lymphocytes_10e9_l": 5}, {}),
        (
            "LB",
            {"wbc_10e9_l": 5, "lymphocytes_10e9_l": 6},
            {"lymphocytes_10e9_l": "more_lymphocytes_than_cells"},
        ),
        ("CP", {"assessed_at": NOON + days(1)}, {"assessed_at": "future"}),
    ],
)
def test_what_cannot_be_true(form, values, found):
    assert impossible(form, values, at=NOON) == found


@pytest.mark.parametrize(
    ("score", "device", "fits"),
    [
        (4, "none", True),
        (4, "nasal_cannula", False),
        (5, "nasal_cannula", True),
        (5, "mask", True),
        (5, "none", False),
        (6, "non_invasive", True),
        (6, "high_flow", True),
        (6, "mask", False),
        (7, "invasive", True),
        (10, "none", False),
        (None, "none", True),
        (5, "", True),
    ],
)
def test_the_who_score_against_the_oxygen_support(score, device, fits):
    assert score_fits_support(score, device) is fits


def test_every_score_of_the_scale_is_decided():
    assert sorted(SUPPORT_OF_SCORE) == list(range(11))


def facts(**changes) -> VisitFacts:
    known = {"took_place_on": NOON.date(), "first": NOON.date() - days(1), "last": NOON.date() + days(1)}
    return VisitFacts(**(known | {"zone": SHANGHAI} | changes))


@pytest.mark.parametrize(
    ("form", "values", "visit", "found"),
    [
        ("VS", {"measured_at": NOON}, facts(), {}),
        ("VS", {"measured_at": datetime(2026, 3, 16, 16, 30, tzinfo=UTC)}, facts(), {}),
        ("VS", {"measured_at": NOON - days(1)}, facts(), {"measured_at": "other_day"}),
        ("VI", {}, facts(first=NOON.date() + days(1)), {"took_place_on": "outside_window"}),
        ("CP", {"score": 5}, facts(oxygen_device="none"), {"score": "score_against_support"}),
        ("VS", {"oxygen_device": "none"}, facts(score=5), {"oxygen_device": "score_against_support"}),
        ("VS", {"oxygen_device": "mask"}, facts(score=5), {}),
    ],
)
def test_what_is_unlikely(form, values, visit, found):
    assert doubts(form, values, visit) == found


def test_fields_in_doubt_are_those_beyond_soft_limits_and_those_of_checks_across_fields():
    values = {"temperature_c": Decimal("41.5"), "heart_rate": 80, "oxygen_device": "none"}
    assert fields_in_doubt("VS", values, facts(score=5)) == {"temperature_c", "oxygen_device"}


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
    assert impossible_event(EVENT | changes, consented_on=date(2026, 3, 1), today=NOON.date()) == found


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


def test_waits_between_attempts_grow_and_end():
    tried = [next_attempt(attempts, at=NOON) for attempts in range(1, len(WAITS) + 2)]
    assert tried == [NOON + wait for wait in sorted(WAITS)] + [None]
