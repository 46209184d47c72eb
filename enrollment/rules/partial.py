"""Dates of long ago, of which people know the month or only the year (CDISC partial dates)."""

import re
from calendar import monthrange
from datetime import date
from typing import Self

WRITTEN = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2}))?)?")


class PartialDate(str):
    """2026-03-01, 2026-03 or 2026: text that sorts and compares as such, and the days it may mean."""

    first: date
    last: date
    expected = "a date like 2026-03-01, 2026-03 or 2026"

    def __new__(cls, text: str) -> Self:
        """Raises ValueError for what is no date."""
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) if part else None for part in found.group("year", "month", "day"))
        self = super().__new__(cls, text)
        self.first = date(year or 0, month or 1, day or 1)
        self.last = date(year or 0, month or 12, day or monthrange(year or 0, month or 12)[1])
        return self

    @classmethod
    def read(cls, value: object) -> Self:
        """From text or from a date. Raises ValueError."""
        return cls(value.isoformat() if isinstance(value, date) else str(value))

    @property
    def day(self) -> date | None:
        """The day, where it is known."""
        return self.first if self.first == self.last else None
