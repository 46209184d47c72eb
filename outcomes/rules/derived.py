"""Endpoints that follow from what is recorded: computed here, never typed.

Days count from randomization (day 0) for everybody, infused or not. Baseline is the last value up to the minute in
which the infusion starts; for whom no infusion comes any more, up to the minute of randomization. Definitions are the
protocol's where it has one; the rest is an assumption of ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from outcomes.rules.sheets import SHEETS, Kind

PROGRESSED = ("severe", "critical")
PRIMARY_DAY = 28
# The same for every sample of an assay: a property, not a result.
NOT_RESULTS = ("cutoff_ct",)


class Endpoint(StrEnum):
    """Time-to-event endpoints."""

    PROGRESSION = "TTPROG"
    NEGATIVE = "TTNEG"
    DEATH = "TTDEATH"


# Codes of the forms an endpoint follows from: who may not read one of them is not told.
SOURCES: Mapping[Endpoint, tuple[str, ...]] = {
    Endpoint.PROGRESSION: ("DY", "NS", "EN"),
    Endpoint.NEGATIVE: ("PC",),
    Endpoint.DEATH: ("VI", "DY", "VT", "EN"),
}
# Form -> the numbers of which change from baseline is of interest.
MEASURED: Mapping[str, tuple[str, ...]] = {
    form: tuple(each.field for each in sheet.limits if each.field not in NOT_RESULTS)
    for form, sheet in SHEETS.items()
    if sheet.kind == Kind.VISIT and sheet.limits
} | {"CP": ("score",)}


@dataclass(frozen=True)
class TimeToEvent:
    """An event on a day; without one, the last day on which it was looked for in vain (censored)."""

    on: date
    day: int
    happened: bool

    def within(self, days: int) -> bool | None:
        """Did it happen by that day? None while nobody knows."""
        if self.happened and self.day <= days:
            return True
        return False if self.day >= days else None


def time_to(event_on: date | None, looked_on: Iterable[date], *, since: date) -> TimeToEvent | None:
    """`looked_on`: days on which the event would have been seen. None when nobody ever looked."""
    last = event_on or max(looked_on, default=None)
    return TimeToEvent(last, (last - since).days, event_on is not None) if last else None


def first_progression(classes: Iterable[tuple[date, str]], died_on: date | None) -> date | None:
    """The first day on which the participant was severe or critical, or died."""
    days = [on for on, severity in classes if severity in PROGRESSED]
    return min([*days, *([died_on] if died_on else [])], default=None)


@dataclass(frozen=True)
class Sample:
    """A PCR sample: when, on which day of the study site, what the laboratory calls it, the Ct of each gene."""

    at: datetime
    on: date
    call: str
    cts: tuple[Decimal | None, ...] = ()

    def is_negative(self, ct: int) -> bool | None:
        """As the laboratory calls it, else by the Ct of the genes that were found. None without any result."""
        if self.call:
            return self.call == "negative"
        found = [each for each in self.cts if each is not None]
        return all(each >= ct for each in found) if found else None


def negative_conversion(samples: Iterable[Sample], *, ct: int, apart: timedelta) -> Sample | None:
    """The first of two negative samples at least `apart`, with none in between that is not negative.

    Of two samples of one instant the one that is not negative counts last.
    """
    judged = [(sample, sample.is_negative(ct)) for sample in samples]
    known = [(sample, negative) for sample, negative in judged if negative is not None]
    first: Sample | None = None
    for sample, negative in sorted(known, key=lambda pair: (pair[0].at, not pair[1])):
        if not negative:
            first = None
        elif first is None:
            first = sample
        elif sample.at - first.at >= apart:
            return first
    return None


@dataclass(frozen=True)
class Measured:
    """A number at a visit, the instant it was measured at, and the day of that at the study site."""

    visit: str
    at: datetime
    on: date
    value: Decimal


@dataclass(frozen=True)
class Change:
    """A number against its baseline."""

    measured: Measured
    base: Measured

    @property
    def difference(self) -> Decimal:
        return self.measured.value - self.base.value


def up_to(minute: datetime, at: datetime) -> bool:
    """Times are recorded to the minute: what was measured in the minute of the start was measured before it."""
    return at.replace(second=0, microsecond=0) <= minute.replace(second=0, microsecond=0)


def baseline(values: Iterable[Measured], *, begun_at: datetime) -> Measured | None:
    """The last value up to the minute in which treatment began."""
    return max((one for one in values if up_to(begun_at, one.at)), key=lambda one: one.at, default=None)


def changes(values: Iterable[Measured], *, begun_at: datetime | None) -> Iterator[Change]:
    """Every later value against the baseline, in time; none without a baseline or while treatment is to come."""
    if begun_at is None:
        return
    known = sorted(values, key=lambda one: one.at)
    base = baseline(known, begun_at=begun_at)
    if base is not None:
        yield from (Change(one, base) for one in known if not up_to(begun_at, one.at))
