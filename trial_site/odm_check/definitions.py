"""What a file defines: the metadata of each version, people, places and the meanings of signatures."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trial_site.odm_check.reading import Node

Version = tuple[str, str]
KINDS = (
    *("StudyEventDef", "FormDef", "ItemGroupDef", "ItemDef", "CodeList", "ConditionDef", "MethodDef"),
    *("ImputationMethod", "Presentation", "ArchiveLayout"),
)


@dataclass
class Limit:
    comparator: str
    values: list[str]
    unit: str | None
    hard: bool


@dataclass
class Item:
    data_type: str
    length: int | None
    decimals: int | None
    codelist: str | None
    units: frozenset[str]
    limits: list[Limit]


@dataclass
class Metadata:
    """One MetaDataVersion. `whole` is False when it includes a version that is not in this file."""

    oids: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    repeating: dict[tuple[str, str], bool] = field(default_factory=dict)
    members: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    codes: dict[str, frozenset[str] | None] = field(default_factory=dict)
    code_types: dict[str, str] = field(default_factory=dict)
    whole: bool = True

    def include(self, other: "Metadata | None") -> None:
        """Start from another version of the study (Include); what this one defines again replaces it."""
        if other is None:
            self.whole = False
            return
        self.whole = other.whole
        for kind, oids in other.oids.items():
            self.oids[kind] |= oids
        for name in ("repeating", "members", "items", "codes", "code_types"):
            getattr(self, name).update(getattr(other, name))

    def knows(self, kind: str, oid: str) -> bool:
        return not self.whole or oid in self.oids[kind]


@dataclass
class Study:
    """`units` and versions of one study."""

    units: set[str] = field(default_factory=set)
    versions: dict[str, Metadata] = field(default_factory=dict)


@dataclass
class Definitions:
    studies: dict[str, Study] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    locations: set[str] = field(default_factory=set)
    signatures: set[str] = field(default_factory=set)
    has_admin_data: bool = False

    def version(self, study: str | None, version: str | None) -> Metadata | None:
        """None when the file does not hold it, which only a file without any study may do."""
        known = self.studies.get(study or "")
        return known.versions.get(version or "") if known else None


def kept(node: Node, name: str) -> Iterator[Node]:
    yield from node.kept.get(name, ())


def item_of(node: Node) -> Item:
    codelist = node.only("CodeListRef")
    return Item(
        node.get("DataType") or "text",
        number(node.get("Length")),
        number(node.get("SignificantDigits")),
        codelist.get("CodeListOID") if codelist else None,
        frozenset(unit.get("MeasurementUnitOID") or "" for unit in kept(node, "MeasurementUnitRef")),
        [limit_of(check) for check in kept(node, "RangeCheck")],
    )


def limit_of(node: Node) -> Limit:
    unit = node.only("MeasurementUnitRef")
    return Limit(
        node.get("Comparator") or "",
        [value.text for value in kept(node, "CheckValue")],
        unit.get("MeasurementUnitOID") if unit else None,
        node.get("SoftHard") == "Hard",
    )


def number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
