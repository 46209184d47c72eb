"""Invented results of examinations at visits, drawn from the story's own chance."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from enrollment.rules import Facts
from enrollment.rules.answers import Answer, OxygenDevice
from outcomes.models import Symptoms
from trial_site.simulation.measurements import signs

Values = dict[str, Any]
SYMPTOMS = tuple(field.name for field in Symptoms._meta.local_concrete_fields if field.choices)
ABNORMAL = 0.1
NO_FLOW = {"oxygen_flow_l_min": "NA"}


def examination(rng: Random, form: str, *, person: str) -> Values:
    """The values of one form of a visit but for its moment."""
    values = vital_signs(rng, person) if form == "VS" else EXAMINATIONS[form](rng)
    return {"missing": {}} | values


def between(rng: Random, low: float, high: float, decimals: int = 1) -> Decimal:
    scale = 10**decimals
    return Decimal(rng.randint(round(low * scale), round(high * scale))) / scale


def usual(rng: Random, low: float, high: float, decimals: int = 1, *, beyond: float) -> Decimal:
    """A result between `low` and `high`; one in ten lies between `high` and `beyond` instead."""
    return (
        between(rng, high, beyond, decimals) if rng.random() < ABNORMAL else between(rng, low, high, decimals)
    )


def vital_signs(rng: Random, person: str) -> Values:
    values = {**signs(rng, person), "oxygen_device": OxygenDevice.NONE, "missing": dict(NO_FLOW)}
    if rng.random() < 0.1:
        values |= {"heart_rate": None, "missing": NO_FLOW | {"heart_rate": "ND"}}
    return values


def inflammation(rng: Random) -> Values:
    white = between(rng, 4, 9.4, 2)
    return {
        "wbc_10e9_l": white,
        "lymphocytes_10e9_l": (white * rng.randint(28, 32) / 100).quantize(Decimal("0.01")),
        "crp_mg_l": usual(rng, 1, 9.5, beyond=60),
        "il6_pg_ml": usual(rng, 1.5, 6.5, beyond=40),
        "ferritin_ug_l": usual(rng, 40, 145, beyond=600),
        "d_dimer_mg_l": usual(rng, 0.15, 0.48, 2, beyond=1.5),
        "ldh_u_l": usual(rng, 140, 245, beyond=320),
        "procalcitonin_ng_ml": usual(rng, 0.02, 0.05, 2, beyond=0.4),
    }


def haematology(rng: Random) -> Values:
    return {
        "haemoglobin_g_l": usual(rng, 131, 149, beyond=160),
        "neutrophils_10e9_l": usual(rng, 2, 6.2, 2, beyond=7),
        "platelets_10e9_l": usual(rng, 140, 340, beyond=380),
    }


def chemistry(rng: Random) -> Values:
    return {
        "alt_u_l": usual(rng, 10, 39, beyond=70),
        "ast_u_l": usual(rng, 13, 39, beyond=60),
        "bilirubin_umol_l": between(rng, 5, 22),
        "creatinine_umol_l": usual(rng, 58, 72, beyond=110),
        "urea_mmol_l": between(rng, 3.2, 7.9),
        "albumin_g_l": between(rng, 40, 48),
        "potassium_mmol_l": between(rng, 3.6, 5.2),
        "sodium_mmol_l": between(rng, 137, 146),
        "glucose_mmol_l": usual(rng, 4, 6, beyond=9),
    }


def coagulation(rng: Random) -> Values:
    return {
        "prothrombin_time_s": usual(rng, 10.5, 13.9, beyond=14.5),
        "inr": between(rng, 0.9, 1.2, 2),
        "aptt_s": usual(rng, 25.5, 36.5, beyond=38),
        "fibrinogen_g_l": usual(rng, 2, 3.9, 2, beyond=5),
    }


def pcr(rng: Random) -> Values:
    values: Values = {"specimen": "nasopharynx", "assay": "Dual-target RT-PCR", "cutoff_ct": Decimal(40)}
    if rng.choice([True, False]):
        return values | {
            "orf1ab_ct": between(rng, 24, 39),
            "n_ct": between(rng, 24, 39),
            "result": "positive",
        }
    missing = {"orf1ab_ct": "NA", "n_ct": "NA"}
    return values | {"orf1ab_ct": None, "n_ct": None, "result": "negative", "missing": missing}


def serology(rng: Random) -> Values:
    return {
        "igm_result": rng.choice(["positive", "negative"]),
        "igm_index": between(rng, 0.2, 9, 2),
        "igg_result": "positive",
        "igg_index": between(rng, 3, 80, 2),
        "neutralising_titre": rng.choice([40, 80, 160, 320]),
    }


def chest_ct(rng: Random) -> Values:
    change = rng.choice(["better", "same"])
    return {
        "pneumonia": "yes",
        "lesion_percent": rng.randint(4, 30),
        "change": change,
        "read_by": "Radiology",
    }


def ecg(rng: Random) -> Values:
    missing = {"finding": "NA"}
    return {
        "heart_rate": rng.randint(60, 98),
        "qtcf_ms": rng.randint(390, 440),
        "result": "normal",
        "missing": missing,
    }


def walk(rng: Random) -> Values:
    return {
        "distance_m": rng.randint(320, 560),
        "spo2_before_percent": rng.randint(95, 98),
        "spo2_lowest_percent": rng.randint(90, 94),
        "borg_dyspnoea": between(rng, 0.5, 4),
    }


def lung_function(rng: Random) -> Values:
    vital_capacity = between(rng, 2.4, 4.6, 2)
    return {
        "fvc_l": vital_capacity,
        "fev1_l": (vital_capacity * rng.randint(70, 85) / 100).quantize(Decimal("0.01")),
        "dlco_percent": rng.randint(62, 96),
    }


EXAMINATIONS: dict[str, Callable[[Random], Values]] = {
    "CP": lambda rng: {"score": rng.choice([1, 2, 2, 4])},
    "NS": lambda rng: {"severity": rng.choice(["mild", "moderate"]), "missing": {"criterion": "NA"}},
    "SY": lambda rng: {name: rng.choice([0, 0, 0, 1, 1, 2]) for name in SYMPTOMS},
    "VT": lambda rng: {"status": "alive", "source": "visit", "missing": {"last_alive_on": "NA"}},
    "WT": walk,
    "LF": lung_function,
    "LB": inflammation,
    "LH": haematology,
    "LC": chemistry,
    "LK": coagulation,
    "PC": pcr,
    "SE": serology,
    "CT": chest_ct,
    "EG": ecg,
    "PT": lambda rng: {"sample": "urine", "result": "negative"},
}


def daily_status(rng: Random, on: date) -> Values:
    return {
        "on": on,
        "severity": "moderate",
        "score": 4,
        "oxygen_device": OxygenDevice.NONE,
        "oxygen_flow_l_min": None,
        "spo2_percent": rng.randint(94, 98),
        "respiratory_rate": rng.randint(14, 24),
        "temperature_c": between(rng, 36.4, 38.2),
        "missing": dict(NO_FLOW),
    }


def histories(rng: Random, facts: Facts, *, admitted_on: date) -> Iterator[tuple[str, Values]]:
    """What is written down once of a participant who has been infused."""
    positive_on, doses = facts.pcr_sample_date or admitted_on, facts.vaccine_doses or 0
    missing = {"previous_infection_on": "NA"} | ({} if doses else {"vaccine": "NA", "last_dose_on": "NA"})
    yield (
        "CH",
        {
            "first_positive_on": positive_on,
            "previous_infection": "no",
            "vaccine_doses": doses,
            "vaccine": "Inactivated virus vaccine" if doses else "",
            "last_dose_on": positive_on - timedelta(days=rng.randint(90, 500)) if doses else None,
            "missing": missing,
        },
    )
    for name, (condition, organ) in CONDITIONS.items():
        if getattr(facts, f"disease_{name}") == Answer.YES:
            since = positive_on - timedelta(days=rng.randint(400, 6000))
            yield "MH", {"condition": condition, "organ": organ, "started_on": since, "ongoing": True}
    given = {"name": "Nirmatrelvir and ritonavir", "group": "antiviral", "indication": "COVID-19"}
    ended = {"ongoing": False, "ended_on": admitted_on + timedelta(days=1)}
    yield "CM", {**given, "dose": "300 mg/100 mg by mouth", "started_on": admitted_on, **ended}
    yield "HO", {"admitted_on": admitted_on, "intensive_care": "no"}


CONDITIONS = {
    "cardiovascular": ("Hypertension", "heart"),
    "lung": ("Chronic bronchitis", "lung"),
    "diabetes": ("Type 2 diabetes", "diabetes"),
    "kidney": ("Chronic kidney disease, stage 2", "kidney"),
}
