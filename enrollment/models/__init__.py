from enrollment.models.drafts import ChangeAfterVerdict, ScreeningDraft
from enrollment.models.identities import EmailContact, IdentityEntry, IdentityView
from enrollment.models.screening import (
    PARTIAL_DATES,
    SCREENING_FACTS,
    SCREENING_TIMES,
    Screening,
    choices_of,
)
from enrollment.models.subjects import (
    SUBJECT_TRANSITIONS,
    Consent,
    ConsentVersion,
    ContactAttempt,
    EligibilityAssessment,
    Ending,
    EndingKind,
    Subject,
    SubjectRecord,
    SubjectState,
    Withdrawal,
    WithdrawalKind,
    Witness,
)
from enrollment.models.versions import ProtocolApproval

__all__ = [
    "PARTIAL_DATES",
    "SCREENING_FACTS",
    "SCREENING_TIMES",
    "SUBJECT_TRANSITIONS",
    "ChangeAfterVerdict",
    "Consent",
    "ConsentVersion",
    "ContactAttempt",
    "EligibilityAssessment",
    "EmailContact",
    "Ending",
    "EndingKind",
    "IdentityEntry",
    "IdentityView",
    "ProtocolApproval",
    "Screening",
    "ScreeningDraft",
    "Subject",
    "SubjectRecord",
    "SubjectState",
    "Withdrawal",
    "WithdrawalKind",
    "Witness",
    "choices_of",
]
