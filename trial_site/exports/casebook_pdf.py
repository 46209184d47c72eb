"""The casebook of each participant as PDF, for archives: values, reasons, signatures, queries and the audit trail,
with a bookmark for each form and record. Blank and annotated it is the form without anybody's data.

One participant is one PDF, several are one zip of them.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext as _

from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.printing import families, pdf
from trial_site.exports.casebook_print import Print, Printed, chapter, people_unit
from trial_site.exports.csv_archive import Archive
from trial_site.exports.dictionary import Variable, items
from trial_site.exports.languages import both
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.odm import counted
from trial_site.exports.selectors import subjects_of
from trial_site.exports.sql import item_rows
from trial_site.exports.wishes import Casebook

TEMPLATE = "exports/casebook.typ"
# The one font that has every letter of this study; typst would print boxes in its place.
FONT = "Noto Sans CJK SC"


def write_casebooks(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the PDF or the zip and return its manifest. Runs inside sql.snapshot()."""
    require_letters()
    records = Counter({dataset.form: 0 for dataset in order.selection.datasets})
    files: list[dict[str, str]] = []
    with translation.override("en"):
        if order.is_one_document:
            out.write(next(documents(order, records, tell))[1])
        else:
            with Archive(out) as archive:
                for name, document in documents(order, records, tell):
                    with archive.file(f"{name}.pdf") as file:
                        file.write(document)
                files = list(archive.files)
                archive.manifest(manifest(order, records=records, files=files))
    return manifest(order, records=records, files=files)


def require_letters() -> None:
    if FONT not in families():
        raise Refused(
            _("The font %(font)s is not installed on the server: Chinese could not be read.") % {"font": FONT}
        )


def documents(order: Order, records: Counter[str], tell: Tell) -> Iterator[tuple[str, bytes]]:
    """(name, PDF) of each casebook."""
    if order.wish.casebook != Casebook.FILLED:
        chapters = [blank(dataset, order) for dataset in order.selection.datasets]
        yield order.wish.casebook, document(order, {"chapters": chapters})
        return
    total = subjects_of(order.selection).count()
    with closing(item_rows(order.selection)) as rows:
        found = groupby(counted(rows, records), key=attrgetter("subject"))
        for done, (number, of_subject) in enumerate(found, 1):
            yield number, document(order, Print(order, number, list(of_subject)).data())
            tell(done, total)


def document(order: Order, told: Printed) -> bytes:
    data = {
        "study": order.protocol.registry_id,
        "title": order.protocol.title.en,
        "version": order.protocol.version,
        "casebook": order.wish.casebook,
        "data_as_of": order.data_instant,
    }
    return pdf(TEMPLATE, data | told, at=order.at)


def blank(dataset: Dataset, order: Order) -> Printed:
    """A form without data; annotated, with the name under which each item is exported and its CDASH variable."""
    annotated = order.wish.casebook == Casebook.ANNOTATED
    listed = [
        asked(variable) | {"note": note(dataset, variable) if annotated else "", "value": None}
        for variable in items(dataset)
    ]
    return chapter(dataset) | {"records": [{"name": "", "items": listed}]}


def note(dataset: Dataset, variable: Variable) -> str:
    names = [f"{dataset.form}.{variable.name}", variable.cdash and f"CDASH {variable.cdash}"]
    return " · ".join(name for name in names if name)


def asked(variable: Variable) -> Printed:
    choices = (
        [f"{code} = {both(label)}" for code, label in variable.codelist.items] if variable.codelist else []
    )
    return {"label": both(variable.label), "unit": people_unit(variable), "choices": choices}
