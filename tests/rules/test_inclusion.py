"""Consent, window and each inclusion criterion at and beside its thresholds; the traps of the registry record."""

from datetime import date

import pytest

from tests.rules.people import (
    CANNOT,
    IGG_ONLY,
    MET,
    MS_CHEN,
    NOT_MET,
    NOT_YET,
    SILENT,
    days_before,
    outcome,
    verdict,
)

CASES = [
    # Consent
    ("CONSENT", {}, MET),
    ("CONSENT", {"consent_date": None}, CANNOT),
    ("CONSENT", {"consent_date": "2026-03-01"}, MET),
    ("CONSENT", {"consent_date": "2026-03-02"}, CANNOT),
    # Age in completed years at consent (2026-02-28), 18 to 85
    ("IN01a", {"birth_date": "2008-02-28"}, MET),
    ("IN01a", {"birth_date": "2008-02-29"}, NOT_MET),
    ("IN01a", {"birth_date": "2008-03-01"}, NOT_MET),
    ("IN01a", {"birth_date": "1940-03-01"}, MET),
    ("IN01a", {"birth_date": "1940-02-29"}, MET),
    ("IN01a", {"birth_date": "1940-02-28"}, NOT_MET),
    ("IN01a", {"birth_date": None}, CANNOT),
    ("IN01a", {"consent_date": None}, CANNOT),
    ("IN01a", {"birth_date": "2026-03-01"}, CANNOT),
    # Severe and critical items
    ("IN01b1", {"respiratory_rate": 29}, MET),
    ("IN01b1", {"respiratory_rate": 30}, NOT_MET),
    ("IN01b1", {"respiratory_rate": None}, CANNOT),
    ("IN01b2", {"spo2_percent": 94}, MET),
    ("IN01b2", {"spo2_percent": 93}, NOT_MET),
    ("IN01b2", {"spo2_percent": 90, "oxygen_device": "nasal_cannula"}, CANNOT),
    ("IN01b3", {"blood_gas": "done", "pao2_fio2_mmhg": "300.1"}, MET),
    ("IN01b3", {"blood_gas": "done", "pao2_fio2_mmhg": "300"}, NOT_MET),
    ("IN01b3", {"blood_gas": "done"}, CANNOT),
    ("IN01b3", {"blood_gas": "not_indicated"}, MET),
    ("IN01b3", {"blood_gas": "not_indicated", "spo2_percent": 93}, CANNOT),
    ("IN01b3", {"blood_gas": "not_indicated", "respiratory_rate": 30}, CANNOT),
    ("IN01b3", {"blood_gas": "not_indicated", "oxygen_device": "mask"}, CANNOT),
    ("IN01b3", {"blood_gas": "not_indicated", "oxygen_device": None}, CANNOT),
    ("IN01b3", {"blood_gas": "not_done"}, CANNOT),
    ("IN01b3", {"blood_gas": None}, CANNOT),
    ("IN01b4", {"lesion_progression": "yes", "symptoms_worsening": "yes"}, NOT_MET),
    ("IN01b4", {"lesion_progression": "yes", "symptoms_worsening": "no"}, MET),
    ("IN01b4", {"lesion_progression": "yes", "symptoms_worsening": None}, CANNOT),
    ("IN01b4", {"lesion_progression": "no", "symptoms_worsening": "yes"}, MET),
    ("IN01b4", {"lesion_progression": "unknown", "symptoms_worsening": "yes"}, CANNOT),
    ("IN01b4", {"lesion_progression": None, "symptoms_worsening": "no"}, MET),
    ("IN01b4", {"lesion_progression": "single_ct", "symptoms_worsening": "yes"}, MET),
    ("IN01b5", {"mechanical_ventilation": "yes"}, NOT_MET),
    ("IN01b5", {"oxygen_device": "invasive"}, NOT_MET),
    ("IN01b5", {"oxygen_device": "non_invasive"}, NOT_MET),
    ("IN01b5", {"oxygen_device": "high_flow"}, MET),
    ("IN01b5", {"mechanical_ventilation": None}, CANNOT),
    ("IN01b6", {"shock": "yes"}, NOT_MET),
    ("IN01b6", {"shock": "unknown"}, CANNOT),
    ("IN01b7", {"organ_failure_icu": "yes"}, NOT_MET),
    # Manifestations
    ("IN02", {"manifestations_confirmed": "no"}, NOT_MET),
    ("IN02", {"manifestations_confirmed": None}, CANNOT),
    ("IN02", {"symptom_fever": "no", "symptom_cough": "no"}, NOT_MET),
    ("IN02", {"symptom_fever": "unknown", "symptom_cough": "no"}, CANNOT),
    ("IN02", {"symptom_fever": "no", "symptom_cough": "no", "symptom_other": "yes"}, CANNOT),
    (
        "IN02",
        {
            "symptom_fever": "no",
            "symptom_cough": "no",
            "symptom_other": "yes",
            "symptom_other_text": "conjunctivitis",
        },
        MET,
    ),
    # Etiology: samples from 3 days before onset (2026-02-17) onward
    ("IN03a", {"pcr_sample_date": "2026-02-14"}, MET),
    ("IN03a", {"pcr_sample_date": "2026-02-13"}, NOT_MET),
    ("IN03a", {"pcr_sample_date": "2026-03-02"}, CANNOT),
    ("IN03a", {"pcr_sample_date": None}, CANNOT),
    ("IN03a", {"symptom_onset_date": None}, CANNOT),
    ("IN03a", {"pcr_result": "negative"}, NOT_MET),
    ("IN03a", {"pcr_result": "not_done"}, NOT_MET),
    ("IN03a", {"pcr_result": "indeterminate"}, CANNOT),
    ("IN03a", {"pcr_result": None}, CANNOT),
    ("IN03b", {"antigen_result": "positive", "antigen_sample_date": "2026-02-20"}, MET),
    ("IN03c", {"culture_result": "positive", "culture_sample_date": "2026-02-20"}, MET),
    # The signs of a moderate case
    ("IN04b", {"respiratory_rate": 29}, MET),
    ("IN04b", {"respiratory_rate": 30}, NOT_MET),
    ("IN04c", {"spo2_percent": 94}, MET),
    ("IN04c", {"spo2_percent": 93}, NOT_MET),
    ("IN04c", {"spo2_percent": 99, "oxygen_device": "nasal_cannula"}, CANNOT),
    ("IN04c", {"oxygen_device": None}, CANNOT),
    ("IN04d", {"imaging_date": days_before(3)}, MET),
    ("IN04d", {"imaging_date": days_before(4)}, CANNOT),
    ("IN04d", {"imaging_date": days_before(-1)}, CANNOT),
    ("IN04d", {"imaging_modality": "xray"}, CANNOT),
    ("IN04d", {"imaging_read_by": ""}, CANNOT),
    ("IN04d", {"imaging_pneumonia": "no"}, NOT_MET),
    # Risk factors
    ("IN05a", {"birth_date": "1960-02-29"}, NOT_MET),
    ("IN05a", {"birth_date": "1960-02-28"}, MET),
    ("IN05a", {"birth_date": "1959-03-01"}, MET),
    ("IN05a", {"vaccine_doses": None}, MET),
    ("IN05b", {"disease_cardiovascular": "yes"}, MET),
    ("IN05b", {"disease_kidney": "unknown"}, CANNOT),
    ("IN05b", {"disease_other": "yes", "disease_other_text": "cystic fibrosis"}, CANNOT),
    ("IN05b", {"disease_other": "yes", "disease_other_accepted": "yes"}, CANNOT),
    (
        "IN05b",
        {"disease_other": "yes", "disease_other_text": "hay fever", "disease_other_accepted": "no"},
        NOT_MET,
    ),
    (
        "IN05b",
        {"disease_other": "yes", "disease_other_text": "cystic fibrosis", "disease_other_accepted": "yes"},
        MET,
    ),
    ("IN05b", {"tumour": "malignant"}, NOT_MET),
    ("IN05c", {"immune_deficiency": "yes"}, MET),
    ("IN05d", {"height_cm": "170", "weight_kg": "86.7"}, MET),
    ("IN05d", {"height_cm": "170", "weight_kg": "86.6"}, NOT_MET),
    ("IN05d", {"height_cm": "200", "weight_kg": "119.9"}, NOT_MET),
    ("IN05d", {"height_cm": None}, CANNOT),
    ("IN05f", {"smoking_status": "current", "cigarettes_per_day": 20}, MET),
    ("IN05f", {"smoking_status": "current", "cigarettes_per_day": 19}, CANNOT),
    ("IN05f", {"smoking_status": "current", "cigarettes_per_day": 19, "pack_years": "19.9"}, NOT_MET),
    ("IN05f", {"smoking_status": "current", "cigarettes_per_day": 19, "pack_years": "20"}, MET),
    ("IN05f", {"smoking_status": "former", "cigarettes_per_day": 40, "pack_years": "60"}, NOT_MET),
    ("IN05f", {"smoking_status": "unknown"}, CANNOT),
]


@pytest.mark.parametrize(("code", "changes", "expected"), CASES)
def test_one_change_to_a_participant_who_meets_every_criterion(code, changes, expected) -> None:
    assert outcome(code, **changes) is expected


NO_SIGNS = {"symptom_cough": "no"}
FEVER = [
    ({"highest_temperature_c": "39.0", "high_fever_days": 4}, MET),
    ({"highest_temperature_c": "38.9", "high_fever_days": 4}, NOT_MET),
    ({"highest_temperature_c": "39.0", "high_fever_days": 3}, NOT_MET),
    ({"highest_temperature_c": "39.0", "high_fever_days": None}, CANNOT),
    ({"highest_temperature_c": None, "high_fever_days": 3}, NOT_MET),
    ({"symptom_tachypnoea": "yes"}, MET),
    ({"symptom_tachypnoea": None}, CANNOT),
    ({"symptom_other": "yes"}, CANNOT),
    ({"symptom_other": "yes", "symptom_other_text": "chest tightness"}, MET),
]


@pytest.mark.parametrize(("changes", "expected"), FEVER)
def test_high_fever_for_more_than_three_days_or_another_sign(changes, expected) -> None:
    assert outcome("IN04a", **(NO_SIGNS | changes)) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, MET),
        ({"igg_convalescent_titre": "39.9"}, NOT_MET),
        ({"igg_convalescent_date": "2026-02-24"}, NOT_MET),
        ({"igg_convalescent_date": "2026-02-10"}, NOT_MET),
        ({"igg_acute_date": None}, CANNOT),
        ({"igg_convalescent_titre": None}, CANNOT),
        ({"igg_acute_titre": None, "igg_paired": "no"}, NOT_MET),
        ({"igg_acute_date": "2026-02-13"}, NOT_MET),
        ({"igg_convalescent_date": "2026-03-02"}, CANNOT),
        ({"symptom_onset_date": None}, CANNOT),
    ],
)
def test_igg_needs_two_dated_titres_a_week_apart_of_ratio_four(changes, expected) -> None:
    assert outcome("IN03d", IGG_ONLY, **changes) is expected


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        (days_before(9), NOT_YET),
        (days_before(10), MET),
        (days_before(15), MET),
        (days_before(16), NOT_MET),
        (days_before(-1), CANNOT),
        (None, CANNOT),
    ],
)
def test_window_is_day_10_to_15_after_onset(onset, expected) -> None:
    assert outcome("WINDOW", symptom_onset_date=onset) is expected


@pytest.mark.parametrize(
    ("onset", "planned", "expected"),
    [
        (days_before(9), days_before(-1), MET),
        (days_before(9), days_before(0), NOT_YET),
        (days_before(15), days_before(-1), NOT_MET),
        (days_before(15), days_before(3), MET),
        (days_before(16), days_before(5), NOT_MET),
    ],
)
def test_window_looks_at_the_planned_infusion_but_never_back(onset, planned, expected) -> None:
    assert outcome("WINDOW", symptom_onset_date=onset, planned_infusion_date=planned) is expected


def test_without_any_symptom_the_first_positive_sample_opens_the_window_but_nobody_is_eligible() -> None:
    found = verdict(SILENT)
    assert found.window is not None
    assert found.window.first == date(2026, 2, 28)
    assert found.outcome is NOT_MET


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, MET),
        ({"delivery_date": days_before(28)}, MET),
        ({"delivery_date": days_before(29)}, NOT_MET),
        ({"delivery_date": days_before(-1)}, CANNOT),
        ({"delivery_date": None}, CANNOT),
        ({"lactating": "yes"}, NOT_MET),
        ({"pregnant": "yes"}, NOT_MET),
        ({"pregnancy_test_result": "positive"}, NOT_MET),
        ({"pregnancy_test_result": "not_done"}, CANNOT),
        ({"recent_delivery": "no"}, NOT_MET),
        ({"recent_delivery": None}, CANNOT),
        ({"sex": "male"}, NOT_MET),
    ],
)
def test_perinatal_counts_only_after_birth_without_lactation_and_with_a_negative_test(
    changes, expected
) -> None:
    assert outcome("IN05e", MS_CHEN, **changes) is expected
