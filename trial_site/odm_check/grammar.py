"""Which children and attributes an element of ODM 1.3.2 has, in which order: what its XML Schema says.

Checked while the file streams by. The few words of the schema that matter for order, presence and spelling are
kept in grammar.txt, so that a file can be checked where no schema is installed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from trial_site.odm_check.findings import Findings
from trial_site.odm_check.reading import Node

TYPED = "TYPED"
LINE = re.compile(r"(\w+)\((.*?)\)(?: = (.*))?")
STEP = re.compile(r"\(?([\w|]+)\)?([?*+]?)")
YES_NO = {"Yes", "No"}
DATA_TYPES = {
    *(
        "integer",
        "float",
        "date",
        "datetime",
        "time",
        "text",
        "string",
        "double",
        "URI",
        "boolean",
        "hexBinary",
    ),
    *("base64Binary", "hexFloat", "base64Float", "partialDate", "partialTime", "partialDatetime"),
    *("durationDatetime", "intervalDatetime", "incompleteDatetime", "incompleteDate", "incompleteTime"),
}
SPELLINGS = {
    ("ODM", "FileType"): {"Snapshot", "Transactional"},
    ("ODM", "Granularity"): {
        *("All", "Metadata", "AdminData", "ReferenceData", "AllClinicalData", "SingleSite", "SingleSubject")
    },
    ("ODM", "Archival"): {"Yes"},
    ("ODM", "ODMVersion"): {"1.2", "1.2.1", "1.3", "1.3.1", "1.3.2"},
    ("StudyEventDef", "Type"): {"Scheduled", "Unscheduled", "Common"},
    ("ItemDef", "DataType"): DATA_TYPES,
    ("CodeList", "DataType"): {"integer", "float", "text", "string"},
    ("RangeCheck", "SoftHard"): {"Soft", "Hard"},
    ("RangeCheck", "Comparator"): {"LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN"},
    ("MethodDef", "Type"): {"Computation", "Imputation", "Transpose", "Other"},
    ("User", "UserType"): {"Sponsor", "Investigator", "Lab", "Other"},
    ("Location", "LocationType"): {"Sponsor", "Site", "CRO", "Lab", "Other"},
    ("SignatureDef", "Methodology"): {"Digital", "Electronic"},
    ("AuditRecord", "EditPoint"): {"Monitoring", "DataManagement", "DBAudit"},
}
EVERYWHERE = {
    "Repeating": YES_NO,
    "Mandatory": YES_NO,
    "IsNull": {"Yes"},
    "TransactionType": {"Insert", "Update", "Remove", "Upsert", "Context"},
}


@dataclass(frozen=True)
class Step:
    """One place in a content model: the elements that may stand there, and how often."""

    names: frozenset[str]
    needed: bool
    repeats: bool


@dataclass(frozen=True)
class Rule:
    required: frozenset[str]
    allowed: frozenset[str]
    steps: tuple[Step, ...]


@cache
def rules() -> dict[str, Rule]:
    text = (files("trial_site.odm_check") / "grammar.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return dict(rule(line) for line in lines)


def rule(line: str) -> tuple[str, Rule]:
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"grammar.txt has a line that cannot be read: {line}")
    name, attributes, model = found.groups()
    steps = (
        Step(frozenset(names.split("|")), often in ("", "+"), often in ("*", "+"))
        for names, often in STEP.findall(model or "")
    )
    listed = attributes.split()
    required = frozenset(a for a in listed if not a.endswith("?"))
    return name, Rule(required, frozenset(a.rstrip("?") for a in listed), tuple(steps))


def kind_of(name: str) -> str:
    """The name under which grammar.txt knows an element."""
    return TYPED if name.startswith("ItemData") and name != "ItemData" else name


class Grammar:
    """Order, presence and spelling of elements and attributes."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.rules = rules()

    def start(self, node: Node) -> None:
        rule = self.rules.get(kind_of(node.name))
        if rule is None:
            self.findings.add(node.line, node.name, "unknown", "ODM 1.3.2 has no such element.")
            return
        for name in sorted(rule.required - node.attributes.keys()):
            self.findings.add(node.line, node.name, "missing", f"The attribute {name} is missing.")
        for name, value in node.attributes.items():
            self.attribute(node, rule, name, value)
        if node.parent is not None:
            self.place(node.parent, node)

    def attribute(self, node: Node, rule: Rule, name: str, value: str) -> None:
        if name not in rule.allowed:
            self.findings.add(node.line, node.name, "unknown", f"The attribute {name} does not belong here.")
        spellings = SPELLINGS.get((node.name, name)) or EVERYWHERE.get(name)
        if spellings and value not in spellings:
            choice = ", ".join(sorted(spellings))
            self.findings.add(node.line, node.name, "spelling", f"{name}={value!r} is none of {choice}.")

    def place(self, parent: Node, node: Node) -> None:
        """Move along the parent's content model to where `node` fits; what is passed over must not be needed."""
        rule, kind = self.rules.get(kind_of(parent.name)), kind_of(node.name)
        if rule is None:
            return
        passed: list[Step] = []
        for number in range(parent.place, len(rule.steps)):
            step, met = rule.steps[number], number == parent.place and parent.seen
            if kind in step.names and (not met or (step.repeats and kind == parent.seen)):
                self.lacking(parent, passed)
                parent.place, parent.seen = number, kind
                return
            passed += [] if met else [step]
        self.findings.add(node.line, node.name, "order", f"It may not stand here in {parent.name}.")

    def end(self, node: Node) -> None:
        if rule := self.rules.get(kind_of(node.name)):
            self.lacking(node, rule.steps[node.place + 1 if node.seen else node.place :])

    def lacking(self, node: Node, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.needed:
                names = " or ".join(sorted(step.names))
                self.findings.add(node.line, node.name, "missing", f"{names} is missing in it.")
