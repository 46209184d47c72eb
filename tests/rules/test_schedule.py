"""When visits are planned, and as what they stand: tables. No database."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.rules.schedule import (
    Course,
    VisitStatus,
    daily_days,
    day_zero,
    impossible_date,
    planned_visits,
)
from trial_site.core import protocol

VISITS = protocol.latest().visits
INFUSED = date(2026, 3, 10)
SHANGHAI = ZoneInfo("Asia/Shanghai")
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
        assert (day7.title, day7.forms[:3]) == ("Day 7", ("VS", "CP", "NS"))

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


class TestAsNeeded:
    def test_an_unscheduled_visit_is_in_the_plan_once_it_took_place(self):
        done = {"UNS": INFUSED + days(5), "UNS.2": INFUSED + days(9)}
        visits = [
            v
            for v in planned_visits(VISITS, course(done=done), on=INFUSED, language="en")
            if v.target is None
        ]
        assert [(v.key, v.title, v.status, v.took_place_on) for v in visits] == [
            ("UNS", "Unscheduled visit", "done", INFUSED + days(5)),
            ("UNS.2", "Unscheduled visit 2", "done", INFUSED + days(9)),
        ]

    @pytest.mark.parametrize(("sex", "asked"), [("female", True), ("male", False)])
    def test_a_pregnancy_test_is_for_women(self, sex, asked):
        assert ("PT" in plan(INFUSED, sex=sex)["D0"].forms) is asked


@pytest.mark.parametrize(
    ("changes", "discharged", "today", "last"),
    [
        ({}, None, 3, 3),
        ({}, None, 40, 14),
        ({}, 6, 40, 6),
        ({"ended_on": INFUSED + days(2)}, 6, 40, 2),
        ({}, None, -1, None),
    ],
    ids=["today", "day 14", "discharge", "death", "not begun"],
)
def test_the_daily_status_is_asked_for_from_day_0_to_14_or_discharge(changes, discharged, today, last):
    left = INFUSED + days(discharged) if discharged else None
    found = daily_days(course(**changes), last_day=14, discharged_on=left, today=INFUSED + days(today))
    assert found == [INFUSED + days(n) for n in range(last + 1)] if last is not None else found == []


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
