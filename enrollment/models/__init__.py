from enrollment.models.screening import SCREENING_FACTS, Screening, choices_of
from enrollment.models.subjects import (
    SUBJECT_TRANSITIONS,
    Consent,
    ConsentVersion,
    EligibilityAssessment,
    Subject,
    SubjectRecord,
    SubjectState,
    Withdrawal,
    WithdrawalKind,
)

__all__ = [
    "SCREENING_FACTS",
    "SUBJECT_TRANSITIONS",
    "Consent",
    "ConsentVersion",
    "EligibilityAssessment",
    "Screening",
    "Subject",
    "SubjectRecord",
    "SubjectState",
    "Withdrawal",
    "WithdrawalKind",
    "choices_of",
]
