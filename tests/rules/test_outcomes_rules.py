"""Planned visits, their status, edit checks and retries: tables, no database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from outcomes.rules.checks import (
    SUPPORT_OF_SCORE,
    Person,
    VisitFacts,
    doubts,
    fields_in_doubt,
    impossible,
    score_fits_support,
)
from outcomes.rules.retries import WAITS, next_attempt
from outcomes.rules.sheets import SHEETS, Kind, forms_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 17, 12, 0, tzinfo=SHANGHAI)
days = timedelta
PERSON = Person(NOON, NOON.date(), SHANGHAI, born=date(1960, 5, 1), sex="male")


def test_every_form_is_filled_in_by_one_role():
    assert set(forms_of(*Kind)) == set(SHEETS)
    assert {"VS", "CP", "NS", "DY", "VT"} <= set(forms_of(*Kind, assessor=True))
    assert {"LB", "PC", "CT", "CM", "HO"} <= set(forms_of(*Kind, assessor=False))


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


def test_waits_between_attempts_grow_and_end():
    tried = [next_attempt(attempts, at=NOON) for attempts in range(1, len(WAITS) + 2)]
    assert tried == [NOON + wait for wait in sorted(WAITS)] + [None]
