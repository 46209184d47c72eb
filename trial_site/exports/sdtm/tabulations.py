"""Tabulations as Dataset-JSON 1.1 with their Define-XML 2.1, in one zip.

The participants go by once; each domain's rows wait in a temporary file until their number is known, because a
Dataset-JSON file says first how many there are.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any

from trial_site.core.context import RELEASE
from trial_site.core.protocol import Protocol
from trial_site.exports.csv_archive import Archive
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.odm import counted, file_oid
from trial_site.exports.sdtm.book import Book, Record, books
from trial_site.exports.sdtm.define import define
from trial_site.exports.sdtm.design import DESIGN
from trial_site.exports.sdtm.domains import DOMAINS, UNBLINDED, Domain
from trial_site.exports.sdtm.mapping import MAPPINGS, epoch, study_days
from trial_site.exports.sdtm.variables import Variable
from trial_site.exports.selectors import subjects_of
from trial_site.exports.sql import item_rows


@dataclass
class Table:
    """The rows of one domain, on disk, with what Define-XML says about them."""

    domain: Domain
    file: IO[bytes]
    rows: int = 0
    lengths: Counter[str] = field(default_factory=Counter)

    def add(self, study: str, records: Iterable[Record], book: Book | None = None) -> None:
        """The records of a participant, or of the design of the trial."""
        head = {"STUDYID": study, "DOMAIN": self.domain.code}
        if book is not None:
            head["USUBJID"] = f"{study}-{book.number}"
        sequence = f"{self.domain.code}SEQ"
        start, end = (book.infused_from, book.infused_until) if book else (None, None)
        for number, record in enumerate(sorted(records, key=self.order), 1):
            row = {sequence: number} | head | record | study_days(self.domain, record, start)
            if book is not None:
                row |= epoch(self.domain, record, start, end)
            values = [row.get(variable.name) for variable in self.domain.variables]
            self.write(values)

    def order(self, record: Record) -> list[tuple[bool, Any]]:
        keys = [record.get(key) for key in self.domain.keys]
        return [(value is not None, value) for value in keys]

    def write(self, values: list[Any]) -> None:
        for variable, value in zip(self.domain.variables, values, strict=True):
            if isinstance(value, str):
                self.lengths[variable.name] = max(self.lengths[variable.name], len(value))
        self.file.write(b",\n" if self.rows else b"")
        self.file.write(json.dumps(values, ensure_ascii=False).encode())
        self.rows += 1


def write_tabulations(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the zip and return its manifest. Runs inside sql.snapshot()."""
    forms = {dataset.form for dataset in order.selection.datasets}
    records = Counter({dataset.form: 0 for dataset in order.selection.datasets})
    with ExitStack() as stack, Archive(out) as archive:
        tables = [
            Table(domain, stack.enter_context(TemporaryFile()))
            for domain in (UNBLINDED if order.disclosure else DOMAINS)
            if domain.is_reference or forms & set(domain.forms)
        ]
        fill(tables, order, records, tell)
        tables = [table for table in tables if table.rows]
        for table in tables:
            with archive.file(f"{table.domain.code.lower()}.json") as file:
                for piece in dataset_json(table, order):
                    file.write(piece)
        with archive.file("define.xml") as file:
            file.write(define(order, [(table.domain, table.lengths) for table in tables]))
        domains = {table.domain.code: table.rows for table in tables}
        made = manifest(order, records=records, domains=domains, files=list(archive.files))
        archive.manifest(made)
    return made


def fill(tables: list[Table], order: Order, records: Counter[str], tell: Tell) -> None:
    study, chosen = order.protocol.registry_id, order.selection
    for table in tables:
        if table.domain.is_reference:
            table.add(study, DESIGN[table.domain.code](order.protocol))
    total = subjects_of(chosen).count()
    with closing(item_rows(chosen)) as rows:
        for number, book in enumerate(books(counted(rows, records), order), 1):
            for table in tables:
                if not table.domain.is_reference:
                    table.add(study, MAPPINGS[table.domain.code](table.domain, book), book)
            tell(number, total)


def dataset_json(table: Table, order: Order) -> Iterator[bytes]:
    domain = table.domain
    head = {
        "datasetJSONCreationDateTime": order.instant,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{file_oid(order)}/{domain.code}",
        "dbLastModifiedDateTime": order.data_instant,
        "originator": "trial-site",
        "sourceSystem": {"name": "trial-site", "version": RELEASE},
        "studyOID": order.protocol.registry_id,
        "metaDataVersionOID": metadata_oid(order.protocol),
        "metaDataRef": "define.xml",
        "itemGroupOID": f"IG.{domain.code}",
        "records": table.rows,
        "name": domain.code,
        "label": domain.label,
        "columns": [column(table, variable) for variable in domain.variables],
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).encode().removesuffix(b"\n}") + b',\n "rows": [\n'
    table.file.seek(0)
    while piece := table.file.read(1 << 16):
        yield piece
    yield b"\n]}\n"


def column(table: Table, variable: Variable) -> dict[str, Any]:
    domain = table.domain
    found: dict[str, Any] = {
        "itemOID": f"IT.{domain.code}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": variable.kind,
    }
    if variable.kind == "string":
        found["length"] = max(1, table.lengths[variable.name])
    if variable.name in domain.keys:
        found["keySequence"] = domain.keys.index(variable.name) + 1
    return found


def metadata_oid(protocol: Protocol) -> str:
    return f"MDV.{protocol.registry_id}.SDTM"
