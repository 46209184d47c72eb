"""What was typed in the browser, compared with what a reader of an export finds."""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.exports.reading import Key, Records
from tests.journeys.answers import Answers
from trial_site.core.models import StudySite

CLOCK = re.compile(r"\d\d:\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
Typed = dict[Key, Answers]


def missing_from(records: Records, typed: Typed, site: StudySite) -> list[str]:
    """Every typed value that is not found again in its form, participant, visit and field."""
    return [
        f"{key} {name}: typed {value!r}, exported {found!r}"
        for key, values in typed.items()
        for name, value in values.items()
        if not same(value, found := records[key].get(name.upper()), site)
    ]


def same(typed: str, exported: str | None, site: StudySite) -> bool:
    if exported is None:
        return False
    if MOMENT.match(typed):
        local = datetime.fromisoformat(typed).replace(tzinfo=site.tz)
        return local.astimezone(UTC) == datetime.fromisoformat(exported)
    return as_data(at_site(typed, site)) == as_data(exported)


def missing_from_tabulations(tables: dict[str, Any], typed: Typed, site: StudySite) -> list[str]:
    """Every typed value that no record of its participant holds, under whatever name."""
    held: dict[str, set[str]] = {}
    for table in tables.values():
        names = [column["name"] for column in table["columns"]]
        for row in table["rows"]:
            record = dict(zip(names, row, strict=True))
            held.setdefault(record.get("USUBJID", ""), set()).update(as_word(each) for each in row)
    return [
        f"{key} {name}: typed {value!r}"
        for key, values in typed.items()
        for name, value in values.items()
        if as_word(at_site(value, site)) not in held[f"NCT05741099-{key[0]}"]
    ]


def missing_from_text(text: str, typed: Typed) -> list[str]:
    """Of a PDF: cells are broken where they fit, so that the beginning of a value is looked for."""
    return [
        f"{key} {name}: typed {value!r}"
        for key, values in typed.items()
        for name, value in values.items()
        if "".join(str(in_print(value)).split())[:12] not in text
    ]


def in_print(value: str) -> str:
    if MOMENT.match(value):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    return {"True": "Yes", "False": "No"}.get(value, value)


def at_site(value: str, site: StudySite) -> str:
    if CLOCK.fullmatch(value):
        return f"{value}:00"
    if not MOMENT.match(value):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=site.tz).isoformat()


WORDS = {"True": "Y", "False": "N", "YES": "Y", "NO": "N", "FEMALE": "F", "MALE": "M"}


def as_word(value: Any) -> str:
    """Numbers and codes as they are told apart, and no further."""
    told = "" if value is None else str(value)
    try:
        return str(Decimal(told).normalize())
    except InvalidOperation:
        word = told.replace("_", " ").upper()
        return WORDS.get(told, WORDS.get(word, word))


def as_data(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return {"True": "Y", "False": "N"}.get(value, value)
