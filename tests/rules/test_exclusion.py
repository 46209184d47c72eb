"""Each exclusion criterion at and beside its thresholds, and the traps of the registry record."""

import pytest

from tests.rules.people import (
    CANNOT,
    MET,
    MS_LI,
    NOT_MET,
    days_before,
    outcome,
    verdict,
)

CASES = [
    ("EX01", {"tumour": "benign"}, NOT_MET),
    ("EX01", {"tumour": "in_situ"}, NOT_MET),
    ("EX01", {"tumour": "unspecified"}, NOT_MET),
    ("EX01", {"tumour": "unknown"}, CANNOT),
    ("EX01", {"precancer": "confirmed"}, NOT_MET),
    ("EX01", {"precancer": "suspected"}, MET),
    ("EX02", {"myocardial_infarction": "ongoing"}, NOT_MET),
    ("EX02", {"cerebral_infarction": "ongoing"}, NOT_MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": days_before(28)}, NOT_MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": days_before(29)}, MET),
    ("EX02", {"myocardial_infarction": "past"}, CANNOT),
    ("EX03", {}, MET),
    ("EX03", {"sex": None, "birth_date": "1990-01-01"}, CANNOT),
    ("EX04", {"mental_illness": "yes"}, NOT_MET),
    ("EX05", {"addiction": "yes"}, NOT_MET),
    ("EX06", {"poor_compliance": "yes"}, NOT_MET),
    ("EX06", {"consent_by": "representative"}, NOT_MET),
    ("EX06", {"consent_by": None}, CANNOT),
    ("EX07", {"active_tuberculosis": "yes"}, NOT_MET),
    ("EX07", {"influenza_result": "positive"}, NOT_MET),
    ("EX07", {"adenovirus_result": "positive"}, NOT_MET),
    ("EX07", {"other_virus_result": "positive"}, NOT_MET),
    ("EX07", {"adenovirus_result": "not_done"}, CANNOT),
    ("EX07", {"adenovirus_result": "not_done", "untested_virus_note": "no contact"}, MET),
    ("EX07", {"adenovirus_result": "indeterminate", "untested_virus_note": "no contact"}, CANNOT),
    ("EX08", {"unsuitable_for_cells": "yes"}, NOT_MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": "2025"}, MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": "2026-01"}, MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": "2026-02"}, NOT_MET),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": "2026"}, CANNOT),
    ("EX02", {"cerebral_infarction": "past", "cerebral_infarction_date": "2026-04"}, CANNOT),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2024"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-10"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-11"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025"}, CANNOT),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-12"}, NOT_MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-11-28"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-11-29"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-11-30"}, MET),
    ("EX09", {"other_trial": "finished", "other_trial_last_date": "2025-12-01"}, NOT_MET),
    ("EX09", {"other_trial": "finished"}, CANNOT),
    ("EX09", {"other_trial": "in_follow_up", "other_trial_last_date": "2025-11-01"}, CANNOT),
    (
        "EX09",
        {
            "other_trial": "in_follow_up",
            "other_trial_last_date": "2025-11-01",
            "other_trial_accepted": "no",
        },
        NOT_MET,
    ),
    (
        "EX09",
        {
            "other_trial": "in_follow_up",
            "other_trial_last_date": "2025-11-01",
            "other_trial_accepted": "yes",
        },
        MET,
    ),
    (
        "EX09",
        {
            "other_trial": "in_follow_up",
            "other_trial_last_date": "2026-01-01",
            "other_trial_accepted": "yes",
        },
        NOT_MET,
    ),
]


@pytest.mark.parametrize(("code", "changes", "expected"), CASES)
def test_one_change_to_a_participant_who_meets_every_criterion(code, changes, expected) -> None:
    assert outcome(code, **changes) is expected


PREGNANCY = [
    ({}, MET),
    ({"pregnant": "yes"}, NOT_MET),
    ({"lactating": "yes"}, NOT_MET),
    ({"pregnant": "yes", "childbearing_potential": "no"}, NOT_MET),
    ({"pregnancy_test_result": "positive"}, NOT_MET),
    ({"pregnancy_test_result": "indeterminate"}, CANNOT),
    ({"pregnancy_test_result": "not_done"}, CANNOT),
    ({"pregnancy_test_date": days_before(3)}, MET),
    ({"pregnancy_test_date": days_before(4)}, CANNOT),
    ({"pregnancy_test_date": days_before(-1)}, CANNOT),
    ({"pregnancy_test_date": days_before(2), "planned_infusion_date": days_before(-1)}, MET),
    ({"pregnancy_test_date": days_before(3), "planned_infusion_date": days_before(-1)}, CANNOT),
    ({"pregnant": None}, CANNOT),
    ({"childbearing_potential": "no", "pregnancy_test_result": None}, MET),
    ({"childbearing_potential": None, "pregnancy_test_result": None}, CANNOT),
    ({"childbearing_potential": None, "pregnancy_test_result": None, "birth_date": "1964-06-01"}, MET),
    ({"childbearing_potential": None, "pregnancy_test_result": None, "birth_date": "1965-06-01"}, CANNOT),
]


@pytest.mark.parametrize(("changes", "expected"), PREGNANCY)
def test_a_negative_test_at_most_72_hours_before_the_dose(changes, expected) -> None:
    assert outcome("EX03", MS_LI, **changes) is expected


def test_a_tumour_excludes_and_never_qualifies() -> None:
    found = verdict(birth_date="1970-01-01", tumour="malignant")
    assert {"EX01", "IN05"} <= {result.code for result in found.criteria if result.outcome is NOT_MET}


def test_late_pregnancy_excludes_and_never_qualifies() -> None:
    found = verdict(MS_LI, disease_diabetes="no", pregnant="yes")
    assert {"EX03", "IN05"} <= {result.code for result in found.criteria if result.outcome is NOT_MET}


def test_an_infarction_counts_to_the_earliest_dose_when_none_is_planned() -> None:
    day_8 = {"symptom_onset_date": days_before(8), "myocardial_infarction": "past"}
    assert outcome("EX02", myocardial_infarction_date=days_before(26), **day_8) is NOT_MET
    assert outcome("EX02", myocardial_infarction_date=days_before(27), **day_8) is MET


def test_sars_cov_2_itself_is_no_excluding_virus() -> None:
    assert outcome("EX07", pcr_result="positive") is MET
