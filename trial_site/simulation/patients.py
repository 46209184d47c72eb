"""Invented patients. Everything is drawn from one seeded generator; nobody real was like this."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from enrollment.rules.answers import (
    Answer,
    BloodGas,
    Infarction,
    Modality,
    OtherTrial,
    OxygenDevice,
    Precancer,
    Progression,
    Sex,
    Smoking,
    TemperatureSite,
    TestResult,
    Tumour,
)
from enrollment.rules.procedures import TIMED
from enrollment.rules.sources import usual_sources

NO_EXCLUSION: dict[str, Any] = {
    "tumour": Tumour.NONE,
    "precancer": Precancer.NONE,
    "myocardial_infarction": Infarction.NONE,
    "cerebral_infarction": Infarction.NONE,
    "mental_illness": Answer.NO,
    "addiction": Answer.NO,
    "poor_compliance": Answer.NO,
    "unsuitable_for_cells": Answer.NO,
    "active_tuberculosis": Answer.NO,
    "influenza_result": TestResult.NEGATIVE,
    "adenovirus_result": TestResult.NEGATIVE,
    "other_virus_result": TestResult.NEGATIVE,
    "other_trial": OtherTrial.NONE,
}
NOT_SEVERE: dict[str, Any] = {
    "oxygen_device": OxygenDevice.NONE,
    "blood_gas": BloodGas.NOT_INDICATED,
    "mechanical_ventilation": Answer.NO,
    "shock": Answer.NO,
    "organ_failure_icu": Answer.NO,
    "lesion_progression": Progression.NO,
    "symptoms_worsening": Answer.NO,
}
WHY_NOT = ("severe", "tumour", "influenza", "no_risk", "late")


@dataclass(frozen=True)
class Patient:
    """A person as the hospital would know them; `flaw` is the reason they will fail screening, or ""."""

    onset: date
    birth: date
    sex: str
    weight: Decimal
    height: Decimal
    flaw: str

    def screening(self, rng: Random, *, examined_at: datetime) -> dict[str, Any]:
        """The values of the screening form as a coordinator would enter them after the examination, whose instant
        is on the clock of the study site."""
        today, clock = examined_at.date(), examined_at.time().replace(second=0, microsecond=0)
        values = {
            **self._person(),
            **self._illness(rng, today),
            **self._risk(rng),
            **NO_EXCLUSION,
            **self._pregnancy(today),
        }
        values |= FLAWS.get(self.flaw, {})
        values |= {name: clock for day, name in TIMED.items() if values.get(day)}
        return values | {"sources": usual_sources(values)}

    def _person(self) -> dict[str, Any]:
        return {"birth_date": self.birth, "sex": self.sex, "height_cm": self.height, "weight_kg": self.weight}

    def _illness(self, rng: Random, today: date) -> dict[str, Any]:
        return {
            "symptom_onset_date": self.onset,
            "onset_estimated": Answer.NO,
            "pcr_result": TestResult.POSITIVE,
            "pcr_sample_date": self.onset + timedelta(days=rng.randint(1, 3)),
            "antigen_result": TestResult.NOT_DONE,
            "culture_result": TestResult.NOT_DONE,
            "igg_paired": Answer.NO,
            "symptom_fever": Answer.YES,
            "symptom_cough": Answer.YES,
            "symptom_tachypnoea": rng.choice([Answer.YES, Answer.NO]),
            "symptom_sore_throat": rng.choice([Answer.YES, Answer.NO]),
            "symptom_fatigue": Answer.YES,
            "symptom_taste_smell_loss": rng.choice([Answer.YES, Answer.NO]),
            "symptom_diarrhoea": Answer.NO,
            "symptom_other": Answer.NO,
            "highest_temperature_c": Decimal(rng.randint(385, 400)) / 10,
            "temperature_site": TemperatureSite.AXILLA,
            "high_fever_days": rng.randint(1, 6),
            "manifestations_confirmed": Answer.YES,
            "vital_signs_date": today,
            "respiratory_rate": rng.randint(18, 26),
            "spo2_percent": rng.randint(94, 98),
            "imaging_modality": Modality.CT,
            "imaging_date": today,
            "imaging_pneumonia": Answer.YES,
            "imaging_read_by": "Radiology on duty",
            **NOT_SEVERE,
        }

    def _risk(self, rng: Random) -> dict[str, Any]:
        chosen = rng.choice(["disease_cardiovascular", "disease_lung", "disease_diabetes", "disease_kidney"])
        diseases = ("cardiovascular", "lung", "diabetes", "liver", "kidney", "other")
        answers = {f"disease_{name}": Answer.NO for name in diseases}
        return answers | {
            chosen: Answer.YES,
            "vaccine_doses": rng.randint(0, 3),
            "immune_deficiency": Answer.NO,
            "smoking_status": Smoking.NEVER,
        }

    def _pregnancy(self, today: date) -> dict[str, Any]:
        if self.sex == Sex.MALE:
            return {}
        fertile = (today - self.birth).days < 51 * 365
        return {
            "childbearing_potential": Answer.YES if fertile else Answer.NO,
            "pregnant": Answer.NO,
            "lactating": Answer.NO,
            "recent_delivery": Answer.NO,
            "pregnancy_test_result": TestResult.NEGATIVE if fertile else TestResult.NOT_DONE,
            "pregnancy_test_date": today if fertile else None,
        }


FLAWS: dict[str, dict[str, Any]] = {
    "severe": {"respiratory_rate": 32, "spo2_percent": 91},
    "tumour": {"tumour": Tumour.MALIGNANT},
    "influenza": {"influenza_result": TestResult.POSITIVE},
    "no_risk": {
        "disease_cardiovascular": Answer.NO,
        "disease_lung": Answer.NO,
        "disease_diabetes": Answer.NO,
        "disease_kidney": Answer.NO,
    },
}


def draw(rng: Random, *, seen_on: date, flawed: bool, ill_for: int | None = None) -> Patient:
    """A patient first seen on a day of their illness that still leaves time for the infusion window, unless
    `ill_for` says how many days ago it began."""
    flaw = rng.choice(WHY_NOT) if flawed else ""
    age = rng.randint(30, 60) if flaw == "no_risk" else rng.randint(35, 82)
    if ill_for is None:
        ill_for = rng.randint(16, 20) if flaw == "late" else rng.randint(5, 9)
    return Patient(
        onset=seen_on - timedelta(days=ill_for),
        birth=seen_on - timedelta(days=round(age * 365.25) + rng.randint(0, 360)),
        sex=rng.choice([Sex.FEMALE, Sex.MALE]),
        weight=Decimal(rng.randint(480, 800)) / 10,
        height=Decimal(rng.randint(1550, 1850)) / 10,
        flaw=flaw,
    )
