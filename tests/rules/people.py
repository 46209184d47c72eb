"""A participant who meets every criterion, to be changed one fact at a time."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from enrollment.rules import Facts, Outcome, Verdict, assess
from enrollment.rules.interchange import facts_from_json
from trial_site.core import protocol
from trial_site.core.protocol import Protocol

TODAY = date(2026, 3, 1)
PROTOCOL = protocol.load("1.0")

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
CANNOT, NOT_YET = Outcome.CANNOT_DETERMINE, Outcome.NOT_YET

MR_WANG: dict[str, Any] = {
    "consent_date": "2026-02-28",
    "consent_by": "participant",
    "birth_date": "1955-06-15",
    "sex": "male",
    "symptom_onset_date": "2026-02-17",
    "pcr_result": "positive",
    "pcr_sample_date": "2026-02-18",
    "antigen_result": "not_done",
    "culture_result": "not_done",
    "igg_paired": "no",
    "symptom_fever": "yes",
    "symptom_cough": "yes",
    "symptom_tachypnoea": "no",
    "symptom_sore_throat": "no",
    "symptom_fatigue": "no",
    "symptom_taste_smell_loss": "no",
    "symptom_diarrhoea": "no",
    "symptom_other": "no",
    "highest_temperature_c": "38.4",
    "high_fever_days": 0,
    "manifestations_confirmed": "yes",
    "vital_signs_date": "2026-03-01",
    "height_cm": "170",
    "weight_kg": "65",
    "respiratory_rate": 22,
    "spo2_percent": 95,
    "oxygen_device": "none",
    "blood_gas": "not_indicated",
    "mechanical_ventilation": "no",
    "shock": "no",
    "organ_failure_icu": "no",
    "imaging_modality": "ct",
    "imaging_date": "2026-02-28",
    "imaging_pneumonia": "yes",
    "imaging_read_by": "Dr Zhao",
    "lesion_progression": "single_ct",
    "symptoms_worsening": "no",
    "vaccine_doses": 3,
    "disease_cardiovascular": "no",
    "disease_lung": "no",
    "disease_diabetes": "no",
    "disease_liver": "no",
    "disease_kidney": "no",
    "disease_other": "no",
    "immune_deficiency": "no",
    "smoking_status": "never",
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
# A woman of 36 with diabetes and a negative pregnancy test.
MS_LI = MR_WANG | {
    "birth_date": "1990-01-20",
    "sex": "female",
    "disease_diabetes": "yes",
    "childbearing_potential": "yes",
    "pregnant": "no",
    "lactating": "no",
    "pregnancy_test_result": "negative",
    "pregnancy_test_date": "2026-02-28",
    "recent_delivery": "no",
}
# Nobody eligible: without any symptom, the window counts from the first positive sample.
SILENT = MR_WANG | dict.fromkeys([name for name in MR_WANG if name.startswith("symptom_")], "no")
SILENT |= {"symptom_onset_date": None, "manifestations_confirmed": "no"}
# Proved by two titres alone.
IGG_ONLY = MR_WANG | {
    "pcr_result": "negative",
    "igg_paired": "yes",
    "igg_acute_titre": "10",
    "igg_acute_date": "2026-02-18",
    "igg_convalescent_titre": "40",
    "igg_convalescent_date": "2026-02-25",
}
# A smoker with a stroke and a trial behind him, of whom each is judged by its date.
MR_SUN = MR_WANG | {
    "birth_date": "1975-01-01",
    "smoking_status": "current",
    "cigarettes_per_day": 20,
    "pack_years": "10",
    "myocardial_infarction": "past",
    "myocardial_infarction_date": "2020-05-01",
    "cerebral_infarction": "past",
    "cerebral_infarction_date": "2025-12-01",
    "other_trial": "finished",
    "other_trial_last_date": "2025-10-01",
    "adenovirus_result": "not_done",
    "untested_virus_note": "no contact",
    "blood_gas": "done",
    "pao2_fio2_mmhg": "350",
}
# After birth, which is her only risk factor.
MS_CHEN = MS_LI | {"disease_diabetes": "no", "recent_delivery": "yes", "delivery_date": "2026-02-10"}
PEOPLE = [MR_WANG, MS_LI, SILENT, IGG_ONLY, MR_SUN, MS_CHEN]


def facts(person: dict[str, Any] = MR_WANG, **changes: Any) -> Facts:
    """The person's facts with some of them changed; dates, numbers and None as they are."""
    values = {name: _written(value) for name, value in (person | changes).items()}
    return facts_from_json(values)


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, (date, Decimal)) else value


def verdict(
    person: dict[str, Any] = MR_WANG, *, on: date = TODAY, under: Protocol = PROTOCOL, **changes: Any
) -> Verdict:
    return assess(facts(person, **changes), under, on)


def outcome(
    code: str,
    person: dict[str, Any] = MR_WANG,
    *,
    on: date = TODAY,
    under: Protocol = PROTOCOL,
    **changes: Any,
) -> Outcome:
    """How one criterion or group stands."""
    return by_code(verdict(person, on=on, under=under, **changes))[code]


def by_code(found: Verdict) -> dict[str, Outcome]:
    groups = {result.code: result.outcome for result in found.criteria}
    return groups | {leaf.code: leaf.outcome for leaf in found.leaves}


def days_before(number: int, day: date = TODAY) -> date:
    return day - timedelta(days=number)
