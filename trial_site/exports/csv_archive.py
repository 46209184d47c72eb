"""The CSV export: one zip with a file per form, the data dictionary, the codelists and a manifest."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import translation
from django.utils.text import slugify

from trial_site.core.datasets import Dataset
from trial_site.exports import signatures
from trial_site.exports.dictionary import Variable, codelists, variables
from trial_site.exports.languages import in_languages
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.sql import copy_form
from trial_site.exports.unblinded_tables import Table, unblinded_tables

# The oldest instant a zip can carry: the same data give the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
UNIX, READABLE = 3, 0o644 << 16
CONVENTIONS = {
    "encoding": "UTF-8, comma separated, quoted where needed, an empty cell is an absent value",
    "instants": "ISO 8601 in UTC; calendar dates are dates at the study site",
    "yes and no": "Y and N",
    "labelled": "the same files with what the codes mean, in English; those without codes are not in it",
    "missing values": "<VARIABLE>_MISSING says why, by codelist MISSING; both empty: not entered",
    "signatures": "who signed what when; the hash is of what was signed; none when de-identified",
    "formulas": "text that a spreadsheet would run has an apostrophe put before it; remove exactly one",
}


class Hashed:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.sha256 = out, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.out.write(data)


class Archive:
    """A zip written front to back, to be used in `with`. `files` lists name and SHA-256 of what is in it so far."""

    def __init__(self, out: IO[bytes]) -> None:
        self.zip = ZipFile(out, "w", ZIP_DEFLATED)
        self.files: list[dict[str, str]] = []

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *error: object) -> None:
        self.zip.close()

    @contextmanager
    def file(self, name: str) -> Iterator[Hashed]:
        info = ZipInfo(name, EPOCH)
        info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, UNIX, READABLE
        with self.zip.open(info, "w", force_zip64=True) as out:
            hashed = Hashed(out)
            yield hashed
        self.files.append({"name": name, "sha256": hashed.sha256.hexdigest()})

    def manifest(self, made: dict[str, Any]) -> None:
        with self.file("manifest.json") as file:
            file.write(json.dumps(made, ensure_ascii=False, indent=1).encode())

    def table(self, name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        with self.file(name) as out:
            out.write(text.getvalue().encode())


def write_csv(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the zip and return its manifest. Runs inside sql.snapshot()."""
    records: dict[str, int] = {}
    with Archive(out) as archive:
        for number, dataset in enumerate(order.selection.datasets, 1):
            records[dataset.form] = write_form(archive, dataset, order)
            tell(number, len(order.selection.datasets))
        beside = unblinded_tables(order, order.disclosure) if order.disclosure else []
        archive.table(signatures.FILE, signatures.COLUMNS, signatures.signature_rows(order))
        write_metadata(archive, order.selection.datasets, beside)
        made = manifest(order, records=records, files=list(archive.files), conventions=CONVENTIONS)
        archive.manifest(made)
    return made


def write_form(archive: Archive, dataset: Dataset, order: Order) -> int:
    """Coded, and where it has codes also labelled. Returns how many records there are."""
    study, chosen = order.protocol.registry_id, order.selection
    with archive.file(file_name(dataset)) as file:
        count = copy_form(dataset, chosen, file, study=study)
    if labels := [variable.name for variable in variables(dataset) if variable.codelist]:
        with archive.file(f"labelled/{file_name(dataset)}") as file:
            copy_form(dataset, chosen, file, study=study, labels=labels)
    return count


def write_metadata(archive: Archive, datasets: Iterable[Dataset], beside: list[Table]) -> None:
    for table in beside:
        archive.table(table.name, [variable.name for variable in table.variables], table.rows)
    archive.table("data-dictionary.csv", DICTIONARY, [*dictionary_rows(datasets), *described(beside)])
    archive.table("codelists.csv", CODELISTS, codelist_rows(datasets, beside))


def file_name(dataset: Dataset) -> str:
    with translation.override("en"):
        return f"{dataset.form}_{slugify(str(dataset.title)).replace('-', '_')}.csv"


DICTIONARY = (
    *("FORM", "FORM_TITLE", "FORM_TITLE_ZH", "DOMAIN", "VARIABLE", "LABEL", "LABEL_ZH"),
    *("TYPE", "LENGTH", "DECIMALS", "UNIT", "CODELIST", "CDASH", "MANDATORY"),
)
CODELISTS = ("CODELIST", "CODE", "LABEL", "LABEL_ZH")


def dictionary_rows(datasets: Iterable[Dataset]) -> Iterator[tuple]:
    for dataset in datasets:
        form = (dataset.form, *in_both(dataset.title), dataset.domain)
        yield from ((*form, *describe(variable)) for variable in variables(dataset))


def described(tables: Iterable[Table]) -> Iterator[tuple]:
    """A file that is no form goes by its name."""
    for table in tables:
        yield from ((table.name, *in_both(table.title), "", *describe(each)) for each in table.variables)


def describe(variable: Variable) -> tuple:
    return (
        variable.name,
        *in_both(variable.label),
        variable.shape.data_type,
        variable.shape.length,
        variable.shape.decimals,
        variable.unit,
        variable.codelist.name if variable.codelist else "",
        variable.cdash,
        "Y" if variable.mandatory else "N",
    )


def codelist_rows(datasets: Iterable[Dataset], beside: Iterable[Table]) -> Iterator[tuple]:
    named = {codelist.name: codelist for dataset in datasets for codelist, _kind in codelists(dataset)}
    named |= {codelist.name: codelist for table in beside for codelist in table.codelists}
    for name, codelist in sorted(named.items()):
        yield from ((name, code, *in_both(label)) for code, label in codelist.items)


def in_both(text: Any) -> tuple[str, str]:
    spoken = in_languages(text)
    return spoken["en"], spoken.get("zh-Hans", "")
