"""Rules of the definitions: every OID once, every reference leads somewhere, codes and limits are of their type."""

from collections import Counter
from collections.abc import Iterable

from trial_site.odm_check.datatypes import is_of_type
from trial_site.odm_check.definitions import KINDS, Definitions, Metadata, Study, item_of, kept
from trial_site.odm_check.findings import Findings
from trial_site.odm_check.reading import Node

REFERENCES = {
    "StudyEventRef": {"StudyEventOID": "StudyEventDef"},
    "FormRef": {"FormOID": "FormDef"},
    "ItemGroupRef": {"ItemGroupOID": "ItemGroupDef"},
    "ItemRef": {
        "ItemOID": "ItemDef",
        "MethodOID": "MethodDef",
        "ImputationMethodOID": "ImputationMethod",
        "RoleCodeListOID": "CodeList",
    },
    "CodeListRef": {"CodeListOID": "CodeList"},
    "ArchiveLayout": {"PresentationOID": "Presentation"},
}
CONDITION = "CollectionExceptionConditionOID"
MEMBERS = {
    "Protocol": ("StudyEventRef", "StudyEventOID"),
    "StudyEventDef": ("FormRef", "FormOID"),
    "FormDef": ("ItemGroupRef", "ItemGroupOID"),
    "ItemGroupDef": ("ItemRef", "ItemOID"),
}
CODES = ("CodeListItem", "EnumeratedItem")


class MetadataCheck:
    """Fills `definitions` while Study and AdminData go by."""

    def __init__(self, definitions: Definitions, findings: Findings) -> None:
        self.definitions, self.findings = definitions, findings
        self.study, self.study_oid = Study(), ""
        self.version: Metadata | None = None
        self.references: list[tuple[Node, str, str]] = []

    def start(self, node: Node) -> None:
        if node.name == "Study":
            self.study, self.study_oid = Study(), node.get("OID") or ""
            self.once(node, self.study_oid, self.definitions.studies)
            self.definitions.studies[self.study_oid] = self.study
        elif node.name == "MetaDataVersion":
            self.version, self.references = Metadata(), []
            self.once(node, node.get("OID") or "", self.study.versions)
        elif node.name == "AdminData":
            self.definitions.has_admin_data = True

    def end(self, node: Node) -> None:
        oid = node.get("OID") or ""
        if node.name == "MeasurementUnit":
            self.once(node, oid, self.study.units)
            self.study.units.add(oid)
        elif node.name == "MetaDataVersion" and self.version is not None:
            self.resolve(self.version)
            self.study.versions[oid] = self.version
            self.version = None
        elif node.name in ("User", "Location", "SignatureDef"):
            self.add_admin(node, oid)
        elif self.version is not None:
            self.define(node, oid, self.version)

    def once(self, node: Node, oid: str, known: Iterable[str]) -> None:
        if oid in known:
            self.findings.add(node.line, node.name, "oid-twice", f"The OID {oid} is defined a second time.")

    def add_admin(self, node: Node, oid: str) -> None:
        found = self.definitions
        known = {"User": found.users, "Location": found.locations, "SignatureDef": found.signatures}[
            node.name
        ]
        self.once(node, oid, known)
        known.add(oid)

    def define(self, node: Node, oid: str, version: Metadata) -> None:
        name = node.name
        if name in KINDS:
            version.oids[name].add(oid)
        if name in MEMBERS:
            self.add_members(node, oid, version)
        if name == "ItemDef":
            version.items[oid] = item_of(node)
            self.check_limits(node)
        elif name == "CodeList":
            self.add_codes(node, oid, version)
        elif name == "MeasurementUnitRef":
            self.unit(node)
        elif name == "Include":
            version.include(self.definitions.version(node.get("StudyOID"), node.get("MetaDataVersionOID")))
        self.refer(node)

    def refer(self, node: Node) -> None:
        """Remember what the element refers to: it may be defined further down."""
        for attribute, kind in (REFERENCES.get(node.name, {}) | {CONDITION: "ConditionDef"}).items():
            if node.get(attribute) is not None:
                self.references.append((node, attribute, kind))

    def add_members(self, node: Node, oid: str, version: Metadata) -> None:
        child, attribute = MEMBERS[node.name]
        references = node.kept.get(child, [])
        version.repeating[node.name, oid] = node.get("Repeating") == "Yes"
        version.members[node.name, oid] = {each.get(attribute) or "" for each in references}
        for what in (attribute, "OrderNumber"):
            counted = Counter(value for each in references if (value := each.get(what)) is not None)
            for value, times in counted.items():
                if times > 1:
                    self.findings.add(
                        node.line, node.name, "member-twice", f"{what} {value} stands in it twice."
                    )

    def add_codes(self, node: Node, oid: str, version: Metadata) -> None:
        data_type = node.get("DataType") or "text"
        listed = [code.get("CodedValue") or "" for name in CODES for code in kept(node, name)]
        version.code_types[oid] = data_type
        version.codes[oid] = None if node.only("ExternalCodeList") else frozenset(listed)
        for code, times in Counter(listed).items():
            if times > 1:
                self.findings.add(node.line, node.name, "code-twice", f"The code {code!r} is in {oid} twice.")
            if not is_of_type(code, data_type):
                sentence = f"The code {code!r} of {oid} is not of its type {data_type}."
                self.findings.add(node.line, node.name, "code-type", sentence)

    def check_limits(self, node: Node) -> None:
        data_type = node.get("DataType") or "text"
        for check in kept(node, "RangeCheck"):
            values = [value.text for value in kept(check, "CheckValue")]
            if len(values) > 1 and check.get("Comparator") not in ("IN", "NOTIN"):
                self.findings.add(check.line, "RangeCheck", "limit", "It compares with more than one value.")
            for value in values:
                if not is_of_type(value, data_type):
                    sentence = f"The limit {value!r} is not of the item's type {data_type}."
                    self.findings.add(check.line, "RangeCheck", "limit", sentence)

    def unit(self, node: Node) -> None:
        oid = node.get("MeasurementUnitOID") or ""
        if oid not in self.study.units:
            self.findings.add(node.line, node.name, "dangling", f"There is no MeasurementUnit {oid}.")

    def resolve(self, version: Metadata) -> None:
        for node, attribute, kind in self.references:
            oid = node.get(attribute) or ""
            if not version.knows(kind, oid):
                self.findings.add(
                    node.line, node.name, "dangling", f"{attribute} {oid}: there is no such {kind}."
                )
        for oid, item in version.items.items():
            listed = version.code_types.get(item.codelist or "")
            texts = {"text", "string"}
            if listed and listed != item.data_type and not {listed, item.data_type} <= texts:
                line = next(
                    (n.line for n, a, _k in self.references if n.parent and n.parent.get("OID") == oid), 0
                )
                sentence = f"{oid} is {item.data_type}, its codelist {item.codelist} is {listed}."
                self.findings.add(line, "ItemDef", "code-type", sentence)
