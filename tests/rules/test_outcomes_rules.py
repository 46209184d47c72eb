"""Planned visits, their status, edit checks and retries: tables, no database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.rules.checks import (
    SUPPORT_OF_SCORE,
    Person,
    VisitFacts,
    doubts,
    fields_in_doubt,
    impossible,
    score_fits_support,
)
from outcomes.rules.events import doubtful_event, impossible_event
from outcomes.rules.retries import WAITS, next_attempt
from outcomes.rules.schedule import (
    Course,
    VisitStatus,
    daily_days,
    day_zero,
    impossible_date,
    planned_visits,
)
from outcomes.rules.sheets import SHEETS, Kind, forms_of
from trial_site.core import protocol

VISITS = protocol.latest().visits
INFUSED = date(2026, 3, 10)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 17, 12, 0, tzinfo=SHANGHAI)
days = timedelta
PERSON = Person(NOON, NOON.date(), SHANGHAI, born=date(1960, 5, 1), sex="male")


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


def test_every_form_is_filled_in_by_one_role():
    assert set(forms_of(*Kind)) == set(SHEETS)
    assert {"VS", "CP", "NS", "DY", "VT"} <= set(forms_of(*Kind, assessor=True))
    assert {"LB", "PC", "CT", "CM", "HO"} <= set(forms_of(*Kind, assessor=False))


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
    for form, sheet in SHEETS.items()
    for limits in sheet.limits
    for end, step in zip(limits.possible, (-1, 1), strict=True)
]


@pytest.mark.parametrize(("form", "limits", "end", "step"), EDGES, ids=lambda v: getattr(v, "field", str(v)))
def test_every_number_is_possible_up_to_its_limit_and_not_beyond(form, limits, end, step):
    device = {"oxygen_device": "nasal_cannula", "pneumonia": "yes"}
    beyond = end + step * Decimal("0.1")
    assert limits.field not in impossible(form, device | {limits.field: end}, PERSON)
    assert impossible(form, device | {limits.field: beyond}, PERSON)[limits.field] == "impossible"


@pytest.mark.parametrize(
    "limits", [each for sheet in SHEETS.values() for each in sheet.limits], ids=lambda v: v.field
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
        ("VT", {"ascertained_on": NOON.date() + days(1)}, {"ascertained_on": "future_day"}),
        ("VT", {"ascertained_on": date(1960, 4, 30)}, {"ascertained_on": "before_birth"}),
        ("PT", {"tested_at": NOON}, {"tested_at": "not_of_this_sex"}),
        ("NS", {"severity": "moderate", "criterion": "shock"}, {"criterion": "does_not_apply"}),
        ("NS", {"severity": "critical", "criterion": "shock"}, {}),
        (
            "WT",
            {"spo2_before_percent": 95, "spo2_lowest_percent": 96},
            {"spo2_lowest_percent": "above_the_whole"},
        ),
        ("LF", {"fvc_l": 3, "fev1_l": 4}, {"fev1_l": "above_the_whole"}),
        (
            "MH",
            {"started_on": date(2020, 2, 1), "ongoing": False, "ended_on": date(2020, 1, 1)},
            {"ended_on": "ends_before_onset"},
        ),
        (
            "CM",
            {"started_on": date(2020, 1, 1), "ongoing": True, "ended_on": date(2020, 2, 1)},
            {"ended_on": "ended_but_going_on"},
        ),
        ("RS", {"started_at": NOON, "ended_at": NOON - days(1)}, {"ended_at": "ends_before_onset"}),
        (
            "HO",
            {"intensive_care": "no", "icu_admitted_on": NOON.date()},
            {"icu_admitted_on": "does_not_apply"},
        ),
    ],
)
def test_what_cannot_be_true(form, values, found):
    assert impossible(form, values, PERSON) == found


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
        ("DY", {"score": 5, "oxygen_device": "none"}, facts(), {"score": "score_against_support"}),
        (
            "DY",
            {"severity": "moderate", "respiratory_rate": 30},
            facts(),
            {"severity": "severity_against_signs"},
        ),
        ("DY", {"severity": "severe", "respiratory_rate": 30}, facts(), {}),
        ("DY", {"severity": "mild", "spo2_percent": 93, "oxygen_device": "mask"}, facts(), {}),
        (
            "DY",
            {"severity": "mild", "spo2_percent": 93, "oxygen_device": "none"},
            facts(),
            {"severity": "severity_against_signs"},
        ),
        ("PC", {"n_ct": 30, "cutoff_ct": 40, "result": "negative"}, facts(), {"result": "result_against_ct"}),
        ("PC", {"n_ct": 41, "cutoff_ct": 40, "result": "negative"}, facts(), {}),
        ("PC", {"n_ct": 41, "cutoff_ct": 40, "result": "positive"}, facts(), {"result": "result_against_ct"}),
        ("VS", {"measured_at": NOON}, facts(first=None, last=None), {}),
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
