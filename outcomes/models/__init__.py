from outcomes.models.safety import AdverseEvent, AdverseEventOutcome, Causality
from outcomes.models.visits import (
    ClinicalProgression,
    Laboratory,
    OxygenDevice,
    ProgressionScore,
    Visit,
    VisitForm,
    VitalSigns,
)

__all__ = [
    "AdverseEvent",
    "AdverseEventOutcome",
    "Causality",
    "ClinicalProgression",
    "Laboratory",
    "OxygenDevice",
    "ProgressionScore",
    "Visit",
    "VisitForm",
    "VitalSigns",
]
