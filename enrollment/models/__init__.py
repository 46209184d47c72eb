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
    "SUBJECT_TRANSITIONS",
    "Consent",
    "ConsentVersion",
    "EligibilityAssessment",
    "Subject",
    "SubjectRecord",
    "SubjectState",
    "Withdrawal",
    "WithdrawalKind",
]
