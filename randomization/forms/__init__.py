from randomization.forms.participants import (
    CodeBreakForm,
    DisclosureForm,
    ImpactForm,
    InErrorForm,
    LetterCountForm,
    LetterOpenedForm,
    RandomizeForm,
)
from randomization.forms.study import StudyLookForm, ToldForm, UnblindStudyForm
from randomization.forms.supply import (
    CloseAccountsForm,
    HoldForm,
    KitStepForm,
    LotForm,
    OpenAccountsForm,
    PharmacyMessageForm,
    PharmacyQuestionForm,
    RecallForm,
    ShipmentForm,
)

__all__ = [
    "CloseAccountsForm",
    "CodeBreakForm",
    "DisclosureForm",
    "HoldForm",
    "ImpactForm",
    "InErrorForm",
    "KitStepForm",
    "LetterCountForm",
    "LetterOpenedForm",
    "LotForm",
    "OpenAccountsForm",
    "PharmacyMessageForm",
    "PharmacyQuestionForm",
    "RandomizeForm",
    "RecallForm",
    "ShipmentForm",
    "StudyLookForm",
    "ToldForm",
    "UnblindStudyForm",
]
