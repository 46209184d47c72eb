"""Rules of change: which transaction applies to an element, who is named for it, in which order, and what a
signature can cover (ODM 1.3.2: FileType, TransactionType, AuditRecord, Signature).

What is remembered of each data point is a number and an instant: memory grows with a history, not with its texts.
"""

from dataclasses import dataclass
from datetime import datetime

from trial_site.odm_check.datatypes import instant, later
from trial_site.odm_check.findings import Findings
from trial_site.odm_check.reading import Node

ENTITIES = ("SubjectData", "StudyEventData", "FormData", "ItemGroupData")
FILED = {"AuditRecordID": "AuditRecord", "SignatureID": "Signature", "AnnotationID": "Annotation"}


def is_item(node: Node) -> bool:
    return node.name.startswith("ItemData")


def inherited(node: Node, attribute: str) -> str | None:
    """The attribute of the element or of the nearest one around it that has it."""
    here: Node | None = node
    while here is not None:
        if (found := here.get(attribute)) is not None:
            return found
        here = here.parent
    return None


def audit_of(node: Node) -> Node | None:
    """The AuditRecord of the element or of the nearest one around it that has one."""
    here: Node | None = node
    while here is not None:
        if found := here.only("AuditRecord"):
            return found
        here = here.parent
    return None


def stamp_of(record: Node | None) -> datetime | None:
    stamp = record.only("DateTimeStamp") if record else None
    return instant(stamp.text) if stamp else None


@dataclass(slots=True)
class Point:
    """A data point as far as it has been told: does it exist now, when did it and what is in it last change?"""

    exists: bool = False
    changed: datetime | None = None
    inside: datetime | None = None


class Transactions:
    def __init__(self, root: Node, findings: Findings) -> None:
        self.findings = findings
        self.transactional = root.get("FileType") == "Transactional"
        self.archival = root.get("Archival") == "Yes"
        self.created = instant(root.get("CreationDateTime") or "")
        self.points: dict[int, Point] = {}
        self.filed: set[tuple[str, str]] = set()
        self.references: list[tuple[int, str, str, str]] = []
        if self.archival and not self.transactional:
            self.add(root, "archival", 'Archival="Yes" is for a Transactional file only.')
        as_of = instant(root.get("AsOfDateTime") or "")
        if as_of and self.created and later(as_of, self.created):
            self.add(root, "time", "AsOfDateTime is later than CreationDateTime.")

    def add(self, node: Node, rule: str, sentence: str) -> None:
        self.findings.add(node.line, node.name, rule, sentence)

    def entity(self, node: Node, path: tuple[str, ...]) -> None:
        """At the end of a data element, whose AuditRecord and Signature are known then."""
        kind = node.get("TransactionType")
        if not self.transactional:
            if kind not in (None, "Insert"):
                self.add(node, "transaction", f"A Snapshot shows the present: {kind} has no place in it.")
            return
        if kind == "Upsert" and self.archival:
            self.add(node, "archival", 'A file with Archival="Yes" says Insert or Update, never Upsert.')
        applies = inherited(node, "TransactionType")
        if applies is None and (is_item(node) or node.name == "Annotation"):
            self.add(node, "transaction", "No TransactionType applies, and the file is Transactional.")
        if applies not in (None, "Context"):
            self.change(node, path, applies, told=kind is not None or node.only("AuditRecord") is not None)

    def change(self, node: Node, path: tuple[str, ...], applies: str, *, told: bool) -> None:
        audit = audit_of(node)
        if audit is None and node.get("TransactionType") and node.get("AuditRecordID") is None:
            self.add(node, "audit", f"{applies} applies, but no AuditRecord says who did it and when.")
        if node.name == "Annotation":
            return
        point, stamp = self.points.setdefault(hash(path), Point()), stamp_of(audit)
        if self.archival and (is_item(node) or told):
            self.sequence(node, point, applies)
        if stamp and point.changed and later(point.changed, stamp):
            self.add(
                node, "time", f"Its stamp {stamp.isoformat()} is before that of an earlier change of it."
            )
        point.exists = applies != "Remove"
        if stamp:
            point.changed = stamp
            self.spread(path, stamp)

    def sequence(self, node: Node, point: Point, applies: str) -> None:
        if applies == "Insert" and point.exists and is_item(node):
            self.add(node, "sequence", "It is inserted a second time without having been removed.")
        if applies in ("Update", "Remove") and not point.exists:
            self.add(node, "sequence", f"{applies} of what was never inserted: the history is not complete.")

    def spread(self, path: tuple[str, ...], stamp: datetime) -> None:
        """Whatever contains a change has changed with it: that is what a signature must be later than."""
        for depth in range(2, len(path) + 1):
            point = self.points.setdefault(hash(path[:depth]), Point())
            if point.inside is None or later(stamp, point.inside):
                point.inside = stamp

    def signature(self, node: Node, entity: Node, path: tuple[str, ...], *, has_content: bool) -> None:
        """At the end of the signed element, whose content is known then."""
        if not self.transactional:
            return
        signed, point = stamp_of(node), self.points.get(hash(path))
        if point is None and not has_content:
            self.add(node, "signature", f"Nothing of this {entity.name} appears before its signature.")
        if signed and point and point.inside and later(point.inside, signed):
            changed = point.inside.isoformat()
            self.add(
                node, "signature", f"It is dated before the content it signs, which changed at {changed}."
            )

    def stamp(self, node: Node) -> None:
        found = instant(node.text)
        if found is None:
            self.add(node, "time", f"{node.text!r} is not a date and time.")
        elif self.created and later(found, self.created):
            self.add(node, "time", f"{node.text} is later than the file's CreationDateTime.")

    def file(self, node: Node) -> None:
        """A record of AuditRecords, Signatures or Annotations, to which typed items point by ID."""
        self.filed.add((node.name, node.get("ID") or ""))

    def refer(self, node: Node) -> None:
        for attribute, kind in FILED.items():
            if (oid := node.get(attribute)) is not None:
                self.references.append((node.line, node.name, kind, oid))

    def resolve(self) -> None:
        """At the end of ClinicalData or ReferenceData: the records stand after what points to them."""
        for line, element, kind, oid in self.references:
            if (kind, oid) not in self.filed:
                self.findings.add(line, element, "dangling", f"There is no {kind} with ID {oid}.")
        self.references = []
