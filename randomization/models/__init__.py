from randomization.models.access import AccessRecord, Purpose, StudyAccess, StudyUnblinding, TreatmentTold
from randomization.models.code_break import (
    CODE_BROKEN,
    BreakCategory,
    CodeBreak,
    ImpactAssessment,
    UnblindedPerson,
)
from randomization.models.kits import (
    PHARMACY_CALLS,
    SUPPLY_LOW,
    KitPlace,
    KitRequest,
    RecallCause,
    SecondKitCause,
    Step,
)
from randomization.models.letters import LetterCount, LetterPrint
from randomization.models.randomization import (
    AllocationCommitment,
    Kit,
    Randomization,
    RandomizationRequest,
    RandomizedInError,
)

__all__ = [
    "CODE_BROKEN",
    "PHARMACY_CALLS",
    "SUPPLY_LOW",
    "AccessRecord",
    "AllocationCommitment",
    "BreakCategory",
    "CodeBreak",
    "ImpactAssessment",
    "Kit",
    "KitPlace",
    "KitRequest",
    "LetterCount",
    "LetterPrint",
    "Purpose",
    "Randomization",
    "RandomizationRequest",
    "RandomizedInError",
    "RecallCause",
    "SecondKitCause",
    "Step",
    "StudyAccess",
    "StudyUnblinding",
    "TreatmentTold",
    "UnblindedPerson",
]
