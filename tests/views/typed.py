"""What is typed on the pages of an infused participant, and what is read there."""

import re
from decimal import Decimal

from outcomes.actions import record_visit_form
from outcomes.models import Laboratory

SIGNS = {
    "form": "VS",
    "temperature_c": "36.8",
    "heart_rate": "80",
    "respiratory_rate": "18",
    "systolic_mmhg": "120",
    "diastolic_mmhg": "75",
    "spo2_percent": "96",
    "oxygen_device": "none",
}
LABORATORY = {
    "form": "LB",
    "wbc_10e9_l": "6.1",
    "lymphocytes_10e9_l": "1.2",
    "crp_mg_l": "77.7",
    "il6_pg_ml": "12",
    "ferritin_ug_l": "300",
    "d_dimer_mg_l": "0.5",
    "ldh_u_l": "220",
    "procalcitonin_ng_ml": "0.1",
}
EVENT = {
    "action_taken": "none",
    "term": "Headache",
    "grade": "2",
    "serious": "False",
    "outcome": "recovering",
}


def signs(ward, **changes) -> dict:
    return SIGNS | {"measured_at": f"{ward.today}T11:00"} | changes


def laboratory(ward, **changes) -> dict:
    return LABORATORY | {"sampled_at": f"{ward.today}T08:00"} | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def record_laboratory(ward) -> Laboratory:
    return record_visit_form(
        ward.subject,
        "D7",
        form="LB",
        took_place_on=ward.noon.date(),
        values={"sampled_at": ward.noon, "crp_mg_l": Decimal("77.7")},
        by=ward.cast.coordinator.actor(ward.noon),
        at=ward.noon,
    )
