"""Supplementary qualifiers: what belongs to a record of another domain and has no variable there."""

from collections.abc import Iterator
from typing import Any

from trial_site.exports.sdtm.book import Book, Record
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.sdtm.special import infusions

# Of the participant: form and variable, name and label.
DEMOGRAPHIC = (
    ("RA", "NUMBER", "RANDNO", "Randomization Number"),
    ("SU", "PROTOCOL_VERSION", "PROTVER", "Protocol Version"),
    ("SU", "RESCREEN_OF", "RESCRNOF", "Screened Again After"),
)
# Of an adverse event: variable, name and label.
OF_EVENT = (
    ("SPECIAL_INTEREST", "AESI", "Event of Special Interest"),
    ("CTCAE_VERSION", "CTCAEVER", "CTCAE Version"),
    ("AWARE_AT", "AWAREDTC", "When the Site Became Aware"),
)


def of_participants(domain: Domain, book: Book) -> Iterator[Record]:
    for form, variable, name, label in DEMOGRAPHIC:
        yield from qualifier("DM", name, label, book.first(form, variable))


def of_events(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("AE"):
        for variable, name, label in OF_EVENT:
            yield from qualifier("AE", name, label, row[variable], "AESPID", row.repeat)


def of_substances(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("SC"):
        yield from qualifier("SU", "PACKYRS", "Pack Years", row["PACK_YEARS"], "SUTRT", "CIGARETTES")


def of_exposure(domain: Domain, book: Book) -> Iterator[Record]:
    for _row, bag in infusions(book):
        for name, label, value in (
            ("CELLS", "Viable Cells Prepared (10*6)", bag.cells_millions),
            ("VIABIL", "Viability (%)", bag.viability_percent),
        ):
            yield from qualifier("EX", name, label, value, "EXREFID", bag.bag)


def qualifier(
    parent: str, name: str, label: str, value: Any, by: str | None = None, of: str | None = None
) -> Iterator[Record]:
    """Nothing without a value. `by` and `of` name the record: its variable, and what that holds."""
    if value not in (None, ""):
        yield {
            "RDOMAIN": parent,
            "IDVAR": by,
            "IDVARVAL": of,
            "QNAM": name,
            "QLABEL": label,
            "QVAL": str(value),
            "QORIG": "CRF",
        }
