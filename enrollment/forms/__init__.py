from enrollment.forms.consent import ConsentForm
from enrollment.forms.eligibility import EligibilityForm, ScreenFailureForm, UnsignForm
from enrollment.forms.identities import EmailContactForm, IdentityForm
from enrollment.forms.screening import DiscardDraftForm, LiveScreeningForm, ScreeningForm
from enrollment.forms.subjects import (
    ContactAttemptForm,
    EndingForm,
    PersonSeenForm,
    RescreeningForm,
    TakeBackForm,
    WithdrawalForm,
)
from enrollment.forms.versions import ConsentVersionForm, ProtocolApprovalForm

__all__ = [
    "ConsentForm",
    "ConsentVersionForm",
    "ContactAttemptForm",
    "DiscardDraftForm",
    "EligibilityForm",
    "EmailContactForm",
    "EndingForm",
    "IdentityForm",
    "LiveScreeningForm",
    "PersonSeenForm",
    "ProtocolApprovalForm",
    "RescreeningForm",
    "ScreenFailureForm",
    "ScreeningForm",
    "TakeBackForm",
    "UnsignForm",
    "WithdrawalForm",
]
