"""Invented measurements of an uneventful course, drawn from the story's own chance."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from enrollment.rules.answers import OxygenDevice
from trial_site.simulation.patients import Patient


def recheck(rng: Random, patient: Patient, now: datetime, *, today: date) -> dict[str, Any]:
    """The pre-dose re-check of somebody who may be infused."""
    return {
        "rechecked_at": now - timedelta(minutes=5),
        "consent_stands": True,
        "still_moderate": True,
        "no_new_exclusion": True,
        "weight_kg": patient.weight - Decimal(rng.randint(0, 15)) / 10,
        "weight_measured_on": today,
        "temperature_c": Decimal(rng.randint(366, 384)) / 10,
        "respiratory_rate": rng.randint(16, 24),
        "spo2_percent": rng.randint(94, 98),
        "oxygen_device": OxygenDevice.NONE,
        "oxygen_reason": "",
    }


def signs(rng: Random) -> dict[str, Any]:
    return {
        "temperature_c": Decimal(rng.randint(364, 385)) / 10,
        "heart_rate": rng.randint(62, 104),
        "respiratory_rate": rng.randint(14, 24),
        "systolic_mmhg": rng.randint(105, 145),
        "diastolic_mmhg": rng.randint(62, 92),
        "spo2_percent": rng.randint(93, 99),
    }
