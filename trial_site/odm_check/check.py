"""Check one file."""

from pathlib import Path

from trial_site.odm_check.clinical import ClinicalCheck
from trial_site.odm_check.definitions import Definitions
from trial_site.odm_check.findings import Findings
from trial_site.odm_check.grammar import Grammar
from trial_site.odm_check.metadata import MetadataCheck
from trial_site.odm_check.reading import Node, Reader, Unreadable

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
# Ended children that a rule of the element around them looks at.
KEPT = {
    *("UserRef", "LocationRef", "SignatureRef", "DateTimeStamp", "AuditRecord", "Signature", "Annotation"),
    *(
        "StudyEventRef",
        "FormRef",
        "ItemGroupRef",
        "ItemRef",
        "CodeListRef",
        "MeasurementUnitRef",
        "RangeCheck",
    ),
    *("CheckValue", "CodeListItem", "EnumeratedItem", "ExternalCodeList"),
}
IN_BULK = {"AuditRecords", "Signatures", "Annotations"}


def check_file(path: Path) -> Findings:
    """Everything wrong with the file, in its order. Raises OSError when it cannot be opened."""
    findings, definitions = Findings(), Definitions()
    checks = Grammar(findings), MetadataCheck(definitions, findings), ClinicalCheck(definitions, findings)
    try:
        with path.open("rb") as file:
            for event, node in Reader(NAMESPACE).read(file):
                for check in checks:
                    check.start(node) if event == "start" else check.end(node)
                if event == "end":
                    keep(node)
    except Unreadable as fault:
        findings.add(fault.line, "ODM", "unreadable", fault.sentence)
    return findings


def keep(node: Node) -> None:
    if node.name in KEPT and node.parent is not None and node.parent.name not in IN_BULK:
        node.parent.kept.setdefault(node.name, []).append(node)
