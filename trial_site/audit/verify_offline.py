#!/usr/bin/env python3
"""Verify an exported audit trail: python3 verify_offline.py AUDIT.jsonl [--anchor ANCHOR.jsonl] [--json]

Needs nothing but Python's standard library and no database. Exit code 0: every row is as it was sealed; 1: not so,
and which row of which table. `manage.py verify_audit_trail` uses the same functions on a database. What is hashed
how is in docs/audit-seal.md.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import groupby
from typing import Any

FORMAT = "trial-audit-1"
COLUMNS = (
    *("id", "tx", "at", "table", "record_id", "subject_id", "operation", "old", "new"),
    *("actor_id", "actor", "role", "site", "action", "reason", "request", "login"),
)
ID, TX, TABLE, RECORD = (COLUMNS.index(name) for name in ("id", "tx", "table", "record_id"))
START = "00" * 32
# Whether two rows changed places is tried for so many altered rows of one seal.
MOST_MOVED = 200

Row = list[str | None]
Record = dict[str, Any]


def canonical(values: Sequence[str | None]) -> bytes:
    """A JSON array of strings and nulls, as PostgreSQL's json_build_array writes it."""
    return json.dumps(list(values), ensure_ascii=False).encode()


def leaf_hash(salt: str, row: Row) -> str:
    return sha256(b"\x00" + bytes.fromhex(salt) + canonical(row)).hexdigest()


def merkle_root(leaves: Sequence[str]) -> str:
    """The tree of RFC 6962: pairs are hashed level by level, one left over moves up as it is."""
    level = [bytes.fromhex(leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return (level[0] if level else sha256().digest()).hex()


def seal_hash(chain: str, seal: Record) -> str:
    parts = [seal[name] for name in ("number", "at", "tx", "ids", "root", "previous")]
    return sha256(canonical(["trial-seal-1", chain, *parts])).hexdigest()


def ids_in(ranges: str) -> set[int]:
    """The ids of a multirange, e.g. {[1,5),[7,8)}: 1 to 4 and 7."""
    bounds = [
        int(bound) for bound in ranges.strip("{}").replace("[", "").replace(")", "").split(",") if bound
    ]
    return {each for low, high in zip(bounds[::2], bounds[1::2], strict=True) for each in range(low, high)}


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed. `kind` is one of altered, moved, removed, inserted, seal, anchor."""

    kind: str
    table: str
    row: int | None
    seal: int | None
    sentence: str


@dataclass
class Verification:
    """Goes once through the records of one chain; `head` and the counts are known afterwards.

    records: the header, every seal in order, then every row with its leaf in the order of (seal, id), rows without
    a leaf last; a leaf whose row is gone has None for a row.
    """

    records: Iterable[Record]
    anchors: Sequence[Record] = ()
    chain: str = ""
    seals: dict[int, Record] = field(default_factory=dict)
    head: Record | None = None
    rows: int = 0
    waiting: int = 0
    _first: list[Record] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        rest = iter(self.records)
        yield from self.links(rest)
        yield from self._rows(self._first, rest)

    def links(self, records: Iterator[Record]) -> Iterator[Finding]:
        """The seals alone, against each other and against the anchors."""
        self.chain = next(records)["chain"]
        for record in records:
            if "seal" not in record:
                self._first.append(record)
                break
            yield from self._link(record["seal"])
        yield from self._anchored()

    def _link(self, seal: Record) -> Iterator[Finding]:
        """One seal after another: numbered without a gap, each on the hash of the one before."""
        number, before = int(seal["number"]), self.head
        expected = int(before["number"]) + 1 if before else 1
        if number != expected:
            missing = (
                f"seal {expected} is missing"
                if number == expected + 1
                else (f"seals {expected} to {number - 1} are missing")
            )
            yield self._wrong_seal(number, f"{self.chain}: {missing}.")
        elif seal["previous"] != (before["hash"] if before else START):
            yield self._wrong_seal(
                number, f"{self.chain}: seal {number} does not continue the seal before it."
            )
        if seal["hash"] != seal_hash(self.chain, seal):
            yield self._wrong_seal(number, f"{self.chain}: seal {number} was altered.")
        self.seals[number] = self.head = seal

    def _wrong_seal(self, number: int, sentence: str) -> Finding:
        return Finding("seal", self.chain, None, number, sentence)

    def _anchored(self) -> Iterator[Finding]:
        last = max(self.seals, default=0)
        for anchor in self.anchors:
            number = int(anchor["number"])
            if anchor["chain"] != self.chain:
                continue
            if number > last:
                said = f"ends at seal {last}, but seal {number} was anchored: an older state was put back."
            elif self.seals.get(number, {}).get("hash") != anchor["hash"]:
                said = f"seal {number} is not the one that was anchored: the history was written anew since."
            else:
                continue
            yield Finding("anchor", self.chain, None, number, f"{self.chain} {said}")

    def _rows(self, first: list[Record], rest: Iterator[Record]) -> Iterator[Finding]:
        unvisited = {number for number, seal in self.seals.items() if seal["ids"] != "{}"}
        missing: dict[int, int] = {}
        without_leaf: dict[int, Record] = {}
        for number, group in groupby(_chained(first, rest), key=lambda record: record["under"]):
            if number is None:
                without_leaf = self._not_waiting(group)
            elif int(number) in self.seals:
                unvisited.discard(int(number))
                yield from self._under(int(number), list(group), missing)
            else:
                for record in group:
                    yield self._row(
                        "inserted", record, int(number), "stands under a seal that does not exist"
                    )
        for number in sorted(unvisited):
            missing |= dict.fromkeys(ids_in(self.seals[number]["ids"]), number)
        yield from self._unpaired(missing, without_leaf)

    def _not_waiting(self, group: Iterable[Record]) -> dict[int, Record]:
        """Of rows without a leaf, those whose transaction was over when the last seal was made."""
        sealed_up_to, found = int(self.head["tx"]) if self.head else 0, {}
        for record in group:
            self.rows += 1
            if int(record["row"][TX]) < sealed_up_to:
                found[int(record["id"])] = record
            else:
                self.waiting += 1
        return found

    def _under(self, number: int, group: list[Record], missing: dict[int, int]) -> Iterator[Finding]:
        seal = self.seals[number]
        sealed, found = ids_in(seal["ids"]), {int(record["id"]): record for record in group}
        altered = {}
        for key, record in found.items():
            if record["row"] is None:
                yield self._gone(key, number)
                continue
            self.rows += 1
            if key not in sealed:
                yield self._row("inserted", record, number, "was inserted afterwards, with a leaf of its own")
            elif leaf_hash(record["salt"], record["row"]) != record["leaf"]:
                altered[key] = record
        yield from self._altered(number, altered)
        missing |= dict.fromkeys(sealed - found.keys(), number)
        if (
            sealed == found.keys()
            and merkle_root([found[key]["leaf"] for key in sorted(found)]) != seal["root"]
        ):
            yield self._wrong_seal(
                number,
                f"{self.chain}: the leaves of seal {number} are not those that were sealed; one of the rows"
                f" {seal['ids']} was altered together with its leaf.",
            )

    def _unpaired(self, missing: dict[int, int], without_leaf: dict[int, Record]) -> Iterator[Finding]:
        """Sealed ids that have no leaf, and rows that should have one."""
        for key, number in sorted(missing.items()):
            if key in without_leaf:
                yield self._row("seal", without_leaf[key], number, "has lost its leaf, so it may be altered")
            else:
                yield self._gone(key, number)
        for key in sorted(without_leaf.keys() - missing.keys()):
            said = "was inserted afterwards: its transaction is sealed without it"
            yield self._row("inserted", without_leaf[key], None, said)

    def _altered(self, number: int, altered: dict[int, Record]) -> Iterator[Finding]:
        tried = list(altered.values())[:MOST_MOVED]
        for record in altered.values():
            origin = next((other["id"] for other in tried if _fits(record, other)), None)
            said = f"was moved: it holds what was sealed as row {origin}" if origin else "was altered"
            yield self._row("moved" if origin else "altered", record, number, said)

    def _gone(self, key: int, number: int) -> Finding:
        return Finding(
            "removed",
            self.chain,
            key,
            number,
            f"{self.chain} row {key} was removed (it is sealed by seal {number}).",
        )

    def _row(self, kind: str, record: Record, number: int | None, said: str) -> Finding:
        row, key = record["row"], int(record["id"])
        about = f" ({row[TABLE]} {row[RECORD]})" if row else ""
        under = f" (seal {number})" if number is not None else ""
        return Finding(kind, self.chain, key, number, f"{self.chain} row {key}{about} {said}{under}.")


def _chained(first: list[Record], rest: Iterator[Record]) -> Iterator[Record]:
    yield from first
    yield from rest


def _fits(record: Record, other: Record) -> bool:
    """Is what this row holds what was sealed under the other one's id?"""
    if record is other:
        return False
    return leaf_hash(other["salt"], [other["id"], *record["row"][1:]]) == other["leaf"]


def read(path: str) -> Iterator[Record]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file")
    arguments.add_argument("--anchor", help="a file of anchored seals")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    try:
        done = Verification(read(given.file), list(read(given.anchor)) if given.anchor else [])
        found = list(done.findings())
    except (OSError, ValueError, KeyError, StopIteration) as error:
        sys.exit(f"This cannot be read as an audit trail: {error!r}")
    if given.json:
        sys.stdout.write(json.dumps({"sound": not found, "findings": [asdict(one) for one in found]}) + "\n")
        return int(bool(found))
    for one in found:
        sys.stdout.write(f"{one.sentence}\n")
    if not found:
        sys.stdout.write(f"{done.chain}: {told(done)}\n")
    return int(bool(found))


def told(done: Verification) -> str:
    """One line about a chain that holds."""
    head = (
        f"seal {done.head['number']} of {done.head['at']}, {done.head['hash']}"
        if done.head
        else "no seal yet"
    )
    return f"{done.rows} rows as they were sealed, {done.waiting} of them not sealed yet; {head}"


if __name__ == "__main__":
    sys.exit(main())
