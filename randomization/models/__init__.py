from randomization.models.access import AccessRecord, Purpose
from randomization.models.code_break import BreakCategory, CodeBreak, ImpactAssessment, UnblindedPerson
from randomization.models.randomization import AllocationCommitment, Kit, Randomization, RandomizationRequest

__all__ = [
    "AccessRecord",
    "AllocationCommitment",
    "BreakCategory",
    "CodeBreak",
    "ImpactAssessment",
    "Kit",
    "Purpose",
    "Randomization",
    "RandomizationRequest",
    "UnblindedPerson",
]
