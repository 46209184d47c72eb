"""Usual reference ranges of adults, as the simulated sites' laboratory would give them."""

from decimal import Decimal
from typing import Any

from outcomes.actions import set_reference_range
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite

BOTH = {
    "wbc_10e9_l": ("3.5", "9.5"),
    "lymphocytes_10e9_l": ("1.1", "3.2"),
    "crp_mg_l": (None, "10"),
    "il6_pg_ml": (None, "7"),
    "d_dimer_mg_l": (None, "0.5"),
    "ldh_u_l": ("120", "250"),
    "procalcitonin_ng_ml": (None, "0.05"),
    "neutrophils_10e9_l": ("1.8", "6.3"),
    "platelets_10e9_l": ("125", "350"),
    "ast_u_l": ("13", "40"),
    "bilirubin_umol_l": (None, "23"),
    "urea_mmol_l": ("3.1", "8.0"),
    "albumin_g_l": ("40", "55"),
    "potassium_mmol_l": ("3.5", "5.3"),
    "sodium_mmol_l": ("137", "147"),
    "glucose_mmol_l": ("3.9", "6.1"),
    "prothrombin_time_s": ("10", "14"),
    "inr": ("0.8", "1.2"),
    "aptt_s": ("25", "37"),
    "fibrinogen_g_l": ("2", "4"),
}
BY_SEX = {
    ("haemoglobin_g_l", "male"): ("130", "175"),
    ("haemoglobin_g_l", "female"): ("115", "150"),
    ("ferritin_ug_l", "male"): ("30", "400"),
    ("ferritin_ug_l", "female"): ("13", "150"),
    ("alt_u_l", "male"): ("9", "50"),
    ("alt_u_l", "female"): ("7", "40"),
    ("creatinine_umol_l", "male"): ("57", "97"),
    ("creatinine_umol_l", "female"): ("41", "73"),
}


def set_usual_ranges(site: StudySite, *, by: Actor) -> None:
    everyone: dict[tuple[str, str], Any] = {(field, ""): ends for field, ends in BOTH.items()}
    for (field, sex), ends in (everyone | BY_SEX).items():
        low, high = (Decimal(end) if end else None for end in ends)
        values = {"field": field, "sex": sex, "age_from": 18, "age_to": 150, "low": low, "high": high}
        set_reference_range(site, values=values, by=by)
