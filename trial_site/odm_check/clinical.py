"""Rules of the data: every OID is defined where it is used, repeat keys where a definition repeats, values as
their items define them, people and places that the file names."""

from trial_site.odm_check.datatypes import compare, fits, is_of_type
from trial_site.odm_check.definitions import Definitions, Item, Limit, Metadata
from trial_site.odm_check.findings import Findings
from trial_site.odm_check.reading import Node
from trial_site.odm_check.transactions import ENTITIES, Transactions, inherited, is_item

# element -> what names it, what tells its repeats apart, the definition, and the definition of what it stands in
LEVELS = {
    "StudyEventData": ("StudyEventOID", "StudyEventRepeatKey", "StudyEventDef", ""),
    "FormData": ("FormOID", "FormRepeatKey", "FormDef", "StudyEventDef"),
    "ItemGroupData": ("ItemGroupOID", "ItemGroupRepeatKey", "ItemGroupDef", "FormDef"),
}
PEOPLE = {
    "UserRef": ("UserOID", "users", "User"),
    "InvestigatorRef": ("UserOID", "users", "User"),
    "LocationRef": ("LocationOID", "locations", "Location"),
    "SiteRef": ("LocationOID", "locations", "Location"),
    "SignatureRef": ("SignatureOID", "signatures", "SignatureDef"),
}
HOLDS = {
    "LT": lambda order: order < 0,
    "LE": lambda order: order <= 0,
    "GT": lambda order: order > 0,
    "GE": lambda order: order >= 0,
    "EQ": lambda order: order == 0,
    "NE": lambda order: order != 0,
}
Path = tuple[str, ...]


class ClinicalCheck:
    def __init__(self, definitions: Definitions, findings: Findings) -> None:
        self.definitions, self.findings = definitions, findings
        self.metadata: Metadata | None = None
        self.root: Node | None = None
        self.rules: Transactions | None = None
        self.paths: list[Path] = []
        self.met: list[set[Path]] = []
        self.subjects: set[str] = set()

    def add(self, node: Node, rule: str, sentence: str) -> None:
        self.findings.add(node.line, node.name, rule, sentence)

    def start(self, node: Node) -> None:
        if node.name == "ODM":
            self.root, self.rules = node, Transactions(node, self.findings)
        elif node.name in ("ClinicalData", "ReferenceData"):
            self.begin(node)
        elif self.paths and (node.name in ENTITIES or is_item(node)):
            self.enter(node)

    def end(self, node: Node) -> None:
        if node.name in PEOPLE:
            self.person(node)
        elif node.name == "MetaDataVersionRef":
            self.version_of(node)
        elif self.rules is not None and self.paths:
            self.end_of_data(node, self.rules)

    def begin(self, node: Node) -> None:
        self.metadata = self.version_of(node)
        self.paths, self.met = [(node.get("StudyOID") or "",)], [set()]
        granularity = self.root.get("Granularity") if self.root else None
        if granularity in ("Metadata", "AdminData"):
            self.add(node, "granularity", f'Granularity="{granularity}" announces no {node.name}.')

    def version_of(self, node: Node) -> Metadata | None:
        study, version = node.get("StudyOID"), node.get("MetaDataVersionOID")
        found = self.definitions.version(study, version)
        if found is None and study in self.definitions.studies:
            self.add(node, "dangling", f"Study {study} has no MetaDataVersion {version} in this file.")
        elif found is None and self.definitions.studies:
            self.add(node, "dangling", f"There is no Study {study} in this file.")
        return found

    def enter(self, node: Node) -> None:
        path = (*self.paths[-1], *self.step(node))
        snapshot = self.root is not None and self.root.get("FileType") == "Snapshot"
        if path in self.met[-1] and snapshot:
            self.add(
                node, "twice", "The same data point stands here twice; a Snapshot gives one state of it."
            )
        if node.name != "SubjectData":
            self.met[-1].add(path)
        self.paths.append(path)
        self.met.append(set())

    def step(self, node: Node) -> tuple[str, ...]:
        if node.name == "SubjectData":
            self.subject(node)
            return (node.get("SubjectKey") or "",)
        if is_item(node):
            self.member(node, "ItemOID", "ItemDef", "ItemGroupDef")
            return (node.get("ItemOID") or "",)
        oid_name, key_name, kind, around = LEVELS[node.name]
        self.member(node, oid_name, kind, around)
        oid, key = node.get(oid_name) or "", node.get(key_name)
        repeats = self.metadata.repeating.get((kind, oid)) if self.metadata else None
        if repeats and key is None:
            self.add(node, "repeat-key", f"{oid} repeats, so it needs a {key_name}.")
        if repeats is False and key is not None:
            self.add(node, "repeat-key", f"{oid} does not repeat, so {key_name} has no place.")
        return oid, key or ""

    def subject(self, node: Node) -> None:
        self.subjects.add(node.get("SubjectKey") or "")
        single = self.root is not None and self.root.get("Granularity") == "SingleSubject"
        if single and len(self.subjects) > 1:
            self.add(node, "granularity", 'Granularity="SingleSubject" announces one subject.')

    def member(self, node: Node, attribute: str, kind: str, around: str) -> None:
        """The OID is defined, and the definition around refers to it."""
        oid = node.get(attribute) or ""
        if self.metadata is None:
            return
        if not self.metadata.knows(kind, oid):
            self.add(node, "dangling", f"{attribute} {oid}: there is no such {kind}.")
            return
        level = LEVELS.get(node.parent.name) if node.parent else None
        outer = node.parent.get(level[0]) if node.parent and level else None
        members = self.metadata.members.get((around, outer or ""))
        if members is not None and oid not in members:
            self.add(node, "dangling", f"{around} {outer} does not refer to {oid}.")

    def person(self, node: Node) -> None:
        attribute, known, kind = PEOPLE[node.name]
        oid = node.get(attribute) or ""
        # A User may name a Location that follows; the whole list is known once AdminData has ended.
        in_admin = node.parent is not None and node.parent.name == "User"
        if self.definitions.has_admin_data and not in_admin and oid not in getattr(self.definitions, known):
            self.add(node, "dangling", f"There is no {kind} {oid}.")

    def end_of_data(self, node: Node, rules: Transactions) -> None:
        if node.name in ("ClinicalData", "ReferenceData"):
            rules.resolve()
            self.paths, self.met = [], []
        elif node.name in ENTITIES or is_item(node):
            self.leave(node, rules)
        elif node.name == "DateTimeStamp":
            rules.stamp(node)
        elif node.name == "Annotation":
            self.annotation(node, rules)
        elif node.name in ("FlagValue", "FlagType"):
            self.flag(node)
        if node.parent is not None and node.parent.name in ("AuditRecords", "Signatures", "Annotations"):
            rules.file(node)

    def leave(self, node: Node, rules: Transactions) -> None:
        path, met = self.paths.pop(), self.met.pop()
        rules.entity(node, path)
        rules.refer(node)
        if is_item(node):
            self.item(node)
        if signature := node.only("Signature"):
            rules.signature(signature, node, path, has_content=bool(met) or is_item(node))

    def annotation(self, node: Node, rules: Transactions) -> None:
        if node.parent is not None and node.parent.name != "Annotations":
            rules.entity(node, self.paths[-1])
            number = node.get("SeqNum")
            if any(other.get("SeqNum") == number for other in node.parent.kept.get("Annotation", ())):
                self.add(node, "twice", f"SeqNum {number} stands in {node.parent.name} twice.")

    def flag(self, node: Node) -> None:
        oid = node.get("CodeListOID") or ""
        if self.metadata is None:
            return
        if not self.metadata.knows("CodeList", oid):
            self.add(node, "dangling", f"There is no CodeList {oid}.")
        self.coded(node, node.text, oid)

    def coded(self, node: Node, value: str, codelist: str) -> None:
        codes = self.metadata.codes.get(codelist) if self.metadata else None
        if codes is not None and value not in codes:
            self.add(node, "code", f"{value!r} is not in the codelist {codelist}.")

    def item(self, node: Node) -> None:
        typed = node.name.removeprefix("ItemData")
        empty, value = node.get("IsNull") == "Yes", node.text if typed else node.get("Value")
        gone = inherited(node, "TransactionType") in ("Remove", "Context")
        if empty and value:
            self.add(node, "value", "It is null and has a value.")
        if value is None and not empty and not gone:
            self.add(node, "value", "It has neither a value nor IsNull.")
        definition = self.metadata.items.get(node.get("ItemOID") or "") if self.metadata else None
        if definition is None:
            return
        expected = definition.data_type
        if typed not in ("", "Any", expected[:1].upper() + expected[1:]):
            self.add(node, "value", f"{node.get('ItemOID')} is of type {expected}.")
        self.unit(node, definition)
        if value is not None and not empty:
            self.value(node, value, definition)

    def unit(self, node: Node, definition: Item) -> None:
        reference = node.only("MeasurementUnitRef")
        unit = reference.get("MeasurementUnitOID") if reference else node.get("MeasurementUnitOID")
        if unit is not None and unit not in definition.units:
            self.add(node, "unit", f"{unit} is not a unit of {node.get('ItemOID')}.")

    def value(self, node: Node, value: str, definition: Item) -> None:
        kind, oid = definition.data_type, node.get("ItemOID")
        if not is_of_type(value, kind):
            self.add(node, "value", f"{value!r} is not of type {kind}, as {oid} demands.")
            return
        if not fits(value, kind, definition.length, definition.decimals):
            size = f"{definition.length}" + (
                f".{definition.decimals}" if definition.decimals is not None else ""
            )
            self.add(node, "length", f"{value!r} is longer than {oid} allows ({size}).")
        if definition.codelist:
            self.coded(node, value, definition.codelist)
        for limit in definition.limits:
            if limit.hard and not within(value, limit, kind):
                bounds = ", ".join(limit.values)
                self.add(
                    node, "limit", f"{value!r} breaks the hard limit {limit.comparator} {bounds} of {oid}."
                )


def within(value: str, limit: Limit, kind: str) -> bool:
    """Formal expressions and limits of more than one unit are not judged."""
    if limit.comparator in ("IN", "NOTIN"):
        return (value in limit.values) == (limit.comparator == "IN")
    if limit.comparator not in HOLDS or len(limit.values) != 1:
        return True
    order = compare(value, limit.values[0], kind)
    return order is None or HOLDS[limit.comparator](order)
