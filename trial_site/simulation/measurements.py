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


def signs(rng: Random, person: str) -> dict[str, Any]:
    """One reading of a person whose own level every reading stays close to."""
    own = Random(f"level of {person}")
    return {
        "temperature_c": Decimal(own.randint(364, 370) + rng.randint(-2, 3)) / 10,
        "heart_rate": own.randint(66, 92) + rng.randint(-5, 6),
        "respiratory_rate": own.randint(16, 20) + rng.randint(-2, 2),
        "systolic_mmhg": own.randint(112, 138) + rng.randint(-6, 6),
        "diastolic_mmhg": own.randint(66, 86) + rng.randint(-4, 4),
        "spo2_percent": own.randint(95, 97) + rng.randint(-1, 1),
    }
