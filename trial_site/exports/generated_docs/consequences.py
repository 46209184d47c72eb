"""What follows when something ends for a participant: the table of enrollment.rules.consequences."""

from collections.abc import Iterator
from dataclasses import fields

from enrollment.rules.consequences import CONSEQUENCES, Consequence
from trial_site.exports.generated_docs.markdown import table

TITLES = {
    "slot": "Reserved slot",
    "order": "Order",
    "kit": "Kit",
    "visits": "Visits",
    "reminders": "Reminders",
    "forms": "Forms due",
    "box": "CONSORT box",
    "analysis": "Analysis of all randomized",
}


def consequences() -> Iterator[str]:
    yield "# Consequences"
    yield (
        "What happens to everything that waits for a participant when something ends for them. Code asks this table"
        " and decides nothing by itself; `tests/actions/test_consequences.py` tries it row by row."
    )
    columns = [field.name for field in fields(Consequence)]
    yield table(
        ["Event", *(TITLES[name] for name in columns)],
        (
            [event.label, *(getattr(row, name).label for name in columns)]
            for event, row in CONSEQUENCES.items()
        ),
    )
