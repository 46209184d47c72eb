"""Order and release, as tables. No database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.rules import orders, preparation
from enrollment.rules import Window
from tests.rules.infusion_days import PROTOCOL, SHANGHAI, WINDOW, at
from trial_site.core import protocol as protocols

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
        ({"thawed_at": at(12, 8, 39)}, {"thawed_at": "thawed_too_long_ago"}),
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
    early = replace(PREPARING, planned=at(12, 9, 41))
    assert preparation.preparation_problems(PREPARED, early) == {"release": "released_too_early"}


@pytest.mark.parametrize(
    ("weight", "dose"), [("70.5", "70.5"), ("99.9", "99.9"), ("100", "100"), ("130", "100")]
)
def test_the_dose_follows_the_weight_up_to_the_cap(weight, dose):
    assert preparation.dose_millions(Decimal(weight), PROTOCOL) == Decimal(dose)


def test_a_thaw_in_the_minute_of_the_order_is_after_it():
    quick = replace(PREPARING, ordered_at=at(12, 8, 40) + timedelta(seconds=59))
    assert preparation.preparation_problems(PREPARED, quick) == {}


@pytest.mark.parametrize(
    ("released", "start_by", "use_by"),
    [
        (at(12, 9), at(12, 9, 40), at(12, 10, 10)),
        (at(12, 9) + timedelta(seconds=59), at(12, 9, 40), at(12, 10, 10)),
        (at(12, 9, 1), at(12, 9, 41), at(12, 10, 11)),
    ],
)
def test_the_times_on_the_label_count_from_the_minute_of_the_release(released, start_by, use_by):
    assert preparation.start_by(released, PROTOCOL) == start_by
    assert preparation.use_by(released, PROTOCOL) == use_by


CARRIERS = [
    replace(PROTOCOL, infusion=replace(PROTOCOL.infusion, carrier=one.carrier))
    for one in PROTOCOL.infusion.stabilities
]


@given(st.sampled_from(CARRIERS), st.integers(0, 60), st.integers(0, 59))
def test_no_label_promises_more_than_the_product_keeps(protocol, thawed_before, second):
    """For any thaw and any second of the release: too old to be released, or good for as long as the label says."""
    now = replace(PREPARING, protocol=protocol, at=PREPARING.at + timedelta(seconds=second))
    thawed_at, stability = PREPARING.at - timedelta(minutes=thawed_before), protocol.infusion.stability
    found = preparation.preparation_problems(PREPARED | {"thawed_at": thawed_at}, now)
    kept = preparation.start_by(now.at, protocol) <= thawed_at + timedelta(
        minutes=stability.start_minutes
    ) and preparation.use_by(now.at, protocol) <= thawed_at + timedelta(minutes=stability.end_minutes)
    assert found == ({} if kept else {"thawed_at": "thawed_too_long_ago"})
