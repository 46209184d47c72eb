"""The eligibility rules: pure functions of facts, protocol and day that a physician can read beside the registry.

They know no database, no clock and no Django.
"""

from enrollment.rules.facts import SECTIONS, Facts, ImpossibleValue, names_in
from enrollment.rules.interchange import (
    MalformedFacts,
    facts_as_json,
    facts_from_json,
    read_facts,
    schema,
    verdict_as_json,
)
from enrollment.rules.logic import Outcome
from enrollment.rules.verdict import (
    RULE_VERSION,
    Overall,
    Result,
    Verdict,
    assess,
    undetermined_criteria,
    unmet_criteria,
)
from enrollment.rules.window import Place, Window, infusion_window, place_in_window
from enrollment.rules.wording import Message, shown

__all__ = [
    "RULE_VERSION",
    "SECTIONS",
    "Facts",
    "ImpossibleValue",
    "MalformedFacts",
    "Message",
    "Outcome",
    "Overall",
    "Place",
    "Result",
    "Verdict",
    "Window",
    "assess",
    "facts_as_json",
    "facts_from_json",
    "infusion_window",
    "names_in",
    "place_in_window",
    "read_facts",
    "schema",
    "shown",
    "undetermined_criteria",
    "unmet_criteria",
    "verdict_as_json",
]
