"""When an infusion may be planned: inside the window, in the unit's hours, with time for the pharmacy."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from enrollment.rules import Window
from trial_site.core.protocol import Protocol


@dataclass(frozen=True)
class Planning:
    """What decides about a slot. `randomized_at` is None before randomization; `zone` is the study site's.

    hours: of the site's clock at which an infusion may begin; closed: days that are blocked or full.
    taken: starts of the site that others have; others: starts, given or planned, of all other participants of
    the study.
    """

    window: Window | None
    zone: tzinfo
    protocol: Protocol
    at: datetime
    hours: Sequence[int]
    lead_minutes: int
    closed: Collection[date] = ()
    taken: Collection[datetime] = ()
    others: Sequence[datetime] = ()
    randomized_at: datetime | None = None

    @property
    def earliest(self) -> datetime:
        return self.at + timedelta(minutes=self.lead_minutes)

    @property
    def latest(self) -> datetime | None:
        """Randomization is at most so many hours before the infusion."""
        hours = self.protocol.randomization_max_hours_before_infusion
        return self.randomized_at and self.randomized_at + timedelta(hours=hours)


def slot_problem(starts_at: datetime, planning: Planning) -> str:
    """The first thing that stands in the way of an infusion at `starts_at`, or ""."""
    return next(_problems(starts_at, planning), "")


def _problems(starts_at: datetime, planning: Planning) -> Iterator[str]:
    local = starts_at.astimezone(planning.zone)
    yield from _problems_of_the_day(local.date(), planning)
    if local.hour not in planning.hours or local.time() != time(local.hour):
        yield "not_offered"
    if starts_at in planning.taken:
        yield "taken"
    if starts_at < planning.earliest:
        yield "too_soon"
    if planning.latest and starts_at > planning.latest:
        yield "randomized_too_early"
    if not keeps_first_apart(starts_at, planning.others, planning.protocol):
        yield "first_apart"


def _problems_of_the_day(day: date, planning: Planning) -> Iterator[str]:
    if planning.window is None:
        yield "no_window"
    elif not planning.window.contains(day):
        yield "outside_window"
    if day in planning.closed:
        yield "day_closed"


def keeps_first_apart(starts_at: datetime, others: Iterable[datetime], protocol: Protocol) -> bool:
    """The first participants of the study, arms ignored, are infused so far apart that a reaction can be seen."""
    apart = timedelta(hours=protocol.infusion.first_hours_apart)
    first = sorted((*others, starts_at))[: protocol.infusion.first_participants]
    return all(elapsed(one, two) >= apart for one, two in pairwise(first) if starts_at in (one, two))


def possible_slots(planning: Planning) -> Iterator[datetime]:
    """Every start that nothing stands in the way of, earliest first."""
    if planning.window is None:
        return
    for day in days_of(planning.window):
        for hour in planning.hours:
            starts_at = datetime.combine(day, time(hour), planning.zone)
            if on_the_clock(starts_at) and not slot_problem(starts_at, planning):
                yield starts_at


def on_the_clock(local: datetime) -> bool:
    """Does the clock show this time? Not in the hour that is left out when it is put forward."""
    return local.astimezone(UTC).astimezone(local.tzinfo) == local


def days_of(window: Window) -> Iterator[date]:
    for days in range((window.last - window.first).days + 1):
        yield window.first + timedelta(days=days)


def day_of_infection(day: date, window: Window, protocol: Protocol) -> int:
    """The number the protocol gives to a calendar day, e.g. 10 on the first day of the window."""
    return protocol.window.first_day + (day - window.first).days


def closes_at(window: Window, zone: tzinfo) -> datetime:
    """The end of the last day of the window on the study site's clock."""
    return datetime.combine(window.last + timedelta(days=1), time(0), zone)


def warning_due(window: Window, *, zone: tzinfo, at: datetime, protocol: Protocol) -> int | None:
    """The closest warning that has come: so many hours before the window closes; None before and after."""
    left = elapsed(at, closes_at(window, zone))
    if left <= timedelta(0):
        return None
    return min(
        (hours for hours in protocol.infusion.warn_hours if left <= timedelta(hours=hours)), default=None
    )


def elapsed(since: datetime, until: datetime) -> timedelta:
    """Time that really passes: between instants, not between readings of a clock that may be put forward."""
    return timedelta(seconds=until.timestamp() - since.timestamp())
