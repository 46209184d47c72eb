from enrollment.forms.consent import ConsentForm
from enrollment.forms.eligibility import EligibilityForm, ScreenFailureForm
from enrollment.forms.screening import LiveScreeningForm, ScreeningForm
from enrollment.forms.subjects import PersonSeenForm, WithdrawalForm

__all__ = [
    "ConsentForm",
    "EligibilityForm",
    "LiveScreeningForm",
    "PersonSeenForm",
    "ScreenFailureForm",
    "ScreeningForm",
    "WithdrawalForm",
]
