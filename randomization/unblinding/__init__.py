"""The only functions that return an arm. Each needs an access record committed before it runs."""

from randomization.unblinding.code_break import break_code, treatment
from randomization.unblinding.contents import kit_contents
from randomization.unblinding.groups import groups, record_study_access
from randomization.unblinding.impact import assess_impact
from randomization.unblinding.letters import count_letters, record_letter_opened
from randomization.unblinding.study import record_look, record_told, study_arms, study_bags, unblind_study
from randomization.unblinding.supply import (
    closures,
    hold,
    ledger,
    pharmacy_queries,
    recalls,
    shipments,
    stock,
    trace,
)

__all__ = [
    "assess_impact",
    "break_code",
    "closures",
    "count_letters",
    "groups",
    "hold",
    "kit_contents",
    "ledger",
    "pharmacy_queries",
    "recalls",
    "record_letter_opened",
    "record_look",
    "record_study_access",
    "record_told",
    "shipments",
    "stock",
    "study_arms",
    "study_bags",
    "trace",
    "treatment",
    "unblind_study",
]
