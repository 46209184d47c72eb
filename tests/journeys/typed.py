"""What was typed in the browser, compared with what a reader of an export finds."""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from tests.exports.reading import Key, Records
from tests.journeys.answers import Answers
from trial_site.core.models import StudySite

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
    return as_data(typed) == as_data(exported)


def as_data(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return {"True": "Y", "False": "N"}.get(value, value)
