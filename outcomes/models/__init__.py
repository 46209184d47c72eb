from outcomes.models.safety import AdverseEvent, AdverseEventOutcome, Causality
from outcomes.models.visits import (
    ClinicalProgression,
    Laboratory,
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
    "ProgressionScore",
    "Visit",
    "VisitForm",
    "VitalSigns",
]
