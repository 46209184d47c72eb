"""The tree: what outweighs what, which criteria fail, how long a verdict can be relied upon."""

from datetime import date
from itertools import product

import pytest

from enrollment.rules import Outcome, Overall, undetermined_criteria, unmet_criteria
from enrollment.rules.logic import all_of, any_of, opposite
from tests.rules.people import (
    CANNOT,
    MET,
    MR_WANG,
    MS_LI,
    NOT_MET,
    NOT_YET,
    PEOPLE,
    SILENT,
    TODAY,
    days_before,
    outcome,
    verdict,
)


@pytest.mark.parametrize("person", [person for person in PEOPLE if person is not SILENT])
def test_people_of_the_tables_meet_every_criterion(person) -> None:
    assert verdict(person).overall is Overall.ELIGIBLE


@pytest.mark.parametrize(
    ("changes", "overall"),
    [
        ({}, Overall.ELIGIBLE),
        ({"shock": "yes"}, Overall.NOT_ELIGIBLE),
        ({"shock": None}, Overall.CANNOT_DETERMINE),
        ({"shock": None, "tumour": "benign"}, Overall.NOT_ELIGIBLE),
        ({"symptom_onset_date": days_before(9)}, Overall.NOT_YET),
        ({"symptom_onset_date": days_before(9), "shock": None}, Overall.CANNOT_DETERMINE),
        ({"symptom_onset_date": days_before(9), "shock": "yes"}, Overall.NOT_ELIGIBLE),
    ],
)
def test_one_not_met_outweighs_what_cannot_be_determined(changes, overall) -> None:
    assert verdict(**changes).overall is overall


def test_without_any_fact_nothing_is_met_and_nothing_fails() -> None:
    found = verdict({})
    assert found.overall is Overall.CANNOT_DETERMINE
    assert {leaf.outcome for leaf in found.leaves} == {CANNOT}
    assert unmet_criteria(found) == ()


def test_any_is_the_mirror_image_of_all() -> None:
    settled = (MET, NOT_MET, CANNOT)
    for pair in product(settled, repeat=2):
        assert any_of(pair) is opposite(all_of(opposite(one) for one in pair))


@pytest.mark.parametrize(
    ("outcomes", "in_all", "in_any"),
    [
        ([], MET, NOT_MET),
        ([MET, CANNOT], CANNOT, MET),
        ([NOT_MET, CANNOT], NOT_MET, CANNOT),
        ([MET, NOT_YET], NOT_YET, MET),
        ([CANNOT, NOT_YET], CANNOT, NOT_YET),
    ],
)
def test_groups(outcomes: list[Outcome], in_all: Outcome, in_any: Outcome) -> None:
    assert (all_of(outcomes), any_of(outcomes)) == (in_all, in_any)


def test_each_failed_criterion_is_named_once_and_alternatives_together() -> None:
    found = verdict(
        birth_date="1970-01-01",
        pcr_result="negative",
        antigen_result="negative",
        shock="yes",
        tumour="benign",
        symptom_onset_date=days_before(16),
    )
    assert [result.code for result in unmet_criteria(found)] == ["WINDOW", "IN01b6", "IN03", "IN05", "EX01"]


def test_open_criteria_are_named_the_same_way() -> None:
    found = verdict(shock=None, pcr_result=None, disease_lung=None)
    assert [result.code for result in undetermined_criteria(found)] == ["IN01b6", "IN03"]


def test_registry_order_is_kept() -> None:
    codes = [result.code for result in verdict().criteria]
    assert codes[:6] == ["CONSENT", "WINDOW", "IN01a", "IN01b", "IN02", "IN03"]
    assert codes[8:] == [f"EX0{number}" for number in range(1, 10)]


def test_each_leaf_shows_value_day_source_and_version() -> None:
    found = verdict(sources={"respiratory_rate": "chart"})
    rate = next(leaf for leaf in found.leaves if leaf.code == "IN04b")
    assert (rate.value, rate.dated, rate.source) == (22, TODAY, "chart")
    [gas] = [leaf for leaf in verdict(sources={"blood_gas": "laboratory"}).leaves if leaf.code == "IN01b3"]
    assert (gas.value, gas.source) == ("not_indicated", "laboratory")
    assert rate.reason.text() == "22; required < 30."
    assert rate.fields == ("respiratory_rate", "vital_signs_date")
    assert (found.protocol_version, found.rule_version) == ("1.0", "1")


def test_computed_values() -> None:
    found = verdict(height_cm="170", weight_kg="86.7")
    assert (found.age, found.bmi) == (70, 30)
    assert found.window == (date(2026, 2, 27), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("person", "changes", "until"),
    [
        (MR_WANG, {}, date(2026, 3, 3)),
        (MR_WANG, {"imaging_date": days_before(0)}, date(2026, 3, 4)),
        (MR_WANG, {"imaging_date": days_before(3)}, date(2026, 3, 1)),
        (MS_LI, {"imaging_date": days_before(0), "pregnancy_test_date": days_before(2)}, date(2026, 3, 2)),
        (MR_WANG, {"symptom_onset_date": days_before(15)}, date(2026, 3, 1)),
    ],
)
def test_a_verdict_holds_until_ct_test_or_window_end(person, changes, until) -> None:
    assert verdict(person, **changes).holds_until == until


def test_an_estimated_onset_is_said_to_be_one() -> None:
    found = verdict(onset_estimated="yes")
    assert found.overall is Overall.ELIGIBLE
    assert "estimate" in next(leaf for leaf in found.leaves if leaf.code == "WINDOW").reason.text()


def test_nobody_without_symptoms_is_eligible() -> None:
    assert verdict(SILENT).outcome is NOT_MET
    assert outcome("WINDOW", SILENT, on=date(2026, 2, 28)) is MET
