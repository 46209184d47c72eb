from enrollment.forms.consent import ConsentForm
from enrollment.forms.eligibility import EligibilityForm, ScreenFailureForm
from enrollment.forms.screening import LiveScreeningForm, ScreeningForm
from enrollment.forms.subjects import (
    ContactAttemptForm,
    EndingForm,
    PersonSeenForm,
    TakeBackForm,
    WithdrawalForm,
)

__all__ = [
    "ConsentForm",
    "ContactAttemptForm",
    "EligibilityForm",
    "EndingForm",
    "LiveScreeningForm",
    "PersonSeenForm",
    "ScreenFailureForm",
    "ScreeningForm",
    "TakeBackForm",
    "WithdrawalForm",
]
