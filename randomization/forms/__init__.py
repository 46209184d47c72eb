from randomization.forms.participants import (
    CodeBreakForm,
    DisclosureForm,
    ImpactForm,
    InErrorForm,
    LetterCountForm,
    LetterOpenedForm,
    RandomizeForm,
)
from randomization.forms.study import StudyLookForm, UnblindStudyForm
from randomization.forms.supply import HoldForm, KitStepForm, LotForm, RecallForm, ShipmentForm

__all__ = [
    "CodeBreakForm",
    "DisclosureForm",
    "HoldForm",
    "ImpactForm",
    "InErrorForm",
    "KitStepForm",
    "LetterCountForm",
    "LetterOpenedForm",
    "LotForm",
    "RandomizeForm",
    "RecallForm",
    "ShipmentForm",
    "StudyLookForm",
    "UnblindStudyForm",
]
