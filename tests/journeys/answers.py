"""What the people of the journey type, by field name: a woman of 47 with diabetes, ill for eleven days."""

from datetime import date, timedelta

Answers = dict[str, str]

SICK_FOR = 11
NO_EXCLUSION: Answers = {
    "tumour": "none",
    "precancer": "none",
    "myocardial_infarction": "none",
    "cerebral_infarction": "none",
    "mental_illness": "no",
    "addiction": "no",
    "poor_compliance": "no",
    "unsuitable_for_cells": "no",
    "active_tuberculosis": "no",
    "influenza_result": "negative",
    "adenovirus_result": "negative",
    "other_virus_result": "negative",
    "other_trial": "none",
}
NOT_SEVERE: Answers = {
    "height_cm": "162",
    "weight_kg": "70.5",
    "respiratory_rate": "22",
    "spo2_percent": "95",
    "oxygen_device": "none",
    "blood_gas": "not_indicated",
    "mechanical_ventilation": "no",
    "shock": "no",
    "organ_failure_icu": "no",
}
RISKS: Answers = {
    "disease_cardiovascular": "no",
    "disease_lung": "no",
    "disease_diabetes": "yes",
    "disease_liver": "no",
    "disease_kidney": "no",
    "immune_deficiency": "no",
    "disease_other": "no",
    "smoking_status": "never",
    "vaccine_doses": "2",
}
SYMPTOMS: Answers = {
    "symptom_fever": "yes",
    "symptom_cough": "yes",
    "symptom_tachypnoea": "no",
    "symptom_sore_throat": "no",
    "symptom_fatigue": "yes",
    "symptom_taste_smell_loss": "no",
    "symptom_diarrhoea": "no",
    "symptom_other": "no",
    "highest_temperature_c": "38.9",
    "temperature_site": "axilla",
    "high_fever_days": "3",
    "manifestations_confirmed": "yes",
}
WOMAN: Answers = {
    "childbearing_potential": "yes",
    "pregnant": "no",
    "lactating": "no",
    "pregnancy_test_result": "negative",
    "recent_delivery": "no",
}
MAN: Answers = {"birth_date": "1957-03-18", "sex": "male"}


def illness(today: date) -> Answers:
    """Day 10 of the infection was yesterday."""
    onset = today - timedelta(days=SICK_FOR)
    return {
        "symptom_onset_date": onset.isoformat(),
        "onset_estimated": "no",
        "pcr_result": "positive",
        "pcr_sample_date": (onset + timedelta(days=2)).isoformat(),
        "antigen_result": "not_done",
        "culture_result": "not_done",
        "igg_paired": "no",
    }


def examinations(today: date, clock: str) -> Answers:
    return {
        "imaging_modality": "ct",
        "imaging_read_by": "Radiologist on duty",
        "imaging_date": today.isoformat(),
        "imaging_time": clock,
        "imaging_pneumonia": "yes",
        "symptoms_worsening": "no",
        "lesion_progression": "no",
    }


def woman(consented_at: str) -> Answers:
    """Everything that the screening form asks of an eligible woman in the minute of her consent, in its order."""
    today, clock = date.fromisoformat(consented_at[:10]), consented_at[-5:]
    return (
        {"birth_date": today.replace(year=today.year - 47, day=1).isoformat(), "sex": "female"}
        | illness(today)
        | SYMPTOMS
        | {"vital_signs_date": today.isoformat(), "vital_signs_time": clock}
        | NOT_SEVERE
        | examinations(today, clock)
        | RISKS
        | NO_EXCLUSION
        | WOMAN
        | {"pregnancy_test_date": today.isoformat(), "pregnancy_test_time": clock}
    )


def man(consented_at: str) -> Answers:
    """The same for an eligible man, who is asked less."""
    return {
        name: answer
        for name, answer in (woman(consented_at) | MAN).items()
        if name not in {*WOMAN, "pregnancy_test_date", "pregnancy_test_time"}
    }


RECHECK: Answers = {
    "weight_kg": "70.1",
    "temperature_c": "37.4",
    "respiratory_rate": "20",
    "spo2_percent": "96",
    "oxygen_device": "none",
}
PREPARATION: Answers = {"cells_millions": "70.1", "viability_percent": "92.5", "volume_ml": "100"}
VITAL_SIGNS: Answers = {
    "temperature_c": "36.9",
    "heart_rate": "84",
    "respiratory_rate": "19",
    "systolic_mmhg": "128",
    "diastolic_mmhg": "79",
    "spo2_percent": "96",
}
LABORATORY: Answers = {
    "wbc_10e9_l": "6.42",
    "lymphocytes_10e9_l": "1.37",
    "crp_mg_l": "18.4",
    "il6_pg_ml": "12.5",
    "ferritin_ug_l": "412",
    "d_dimer_mg_l": "0.61",
    "ldh_u_l": "248",
    "procalcitonin_ng_ml": "0.08",
}
