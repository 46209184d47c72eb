"""When an infusion may be planned: inside the window, in working hours, with time for the pharmacy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from enrollment.rules import Window
from trial_site.core.protocol import Protocol

# Hours of the study site's clock at which an infusion may begin, so that the one begun at 16:00 ends and is
# watched while the day staff are there. The registry record says nothing about it.
STARTING_HOURS = range(8, 17)


@dataclass(frozen=True)
class Planning:
    """What decides about a slot. `randomized_at` is None before randomization; `zone` is the study site's."""

    window: Window | None
    zone: tzinfo
    protocol: Protocol
    at: datetime
    randomized_at: datetime | None = None

    @property
    def earliest(self) -> datetime:
        return self.at + timedelta(minutes=self.protocol.preparation_lead_minutes)

    @property
    def latest(self) -> datetime | None:
        """Randomization is at most so many hours before the infusion."""
        hours = self.protocol.randomization_max_hours_before_infusion
        return self.randomized_at and self.randomized_at + timedelta(hours=hours)


def slot_problem(starts_at: datetime, planning: Planning) -> str:
    """The first thing that stands in the way of an infusion at `starts_at`, or ""."""
    local, window = starts_at.astimezone(planning.zone), planning.window
    if window is None:
        return "no_window"
    if not window.contains(local.date()):
        return "outside_window"
    if local.hour not in STARTING_HOURS or local.time() != time(local.hour):
        return "not_offered"
    if starts_at < planning.earliest:
        return "too_soon"
    if planning.latest and starts_at > planning.latest:
        return "randomized_too_early"
    return ""


def possible_slots(planning: Planning) -> Iterator[datetime]:
    """Every start that nothing stands in the way of, earliest first, whether taken or not."""
    if planning.window is None:
        return
    for day in days_of(planning.window):
        for hour in STARTING_HOURS:
            starts_at = datetime.combine(day, time(hour), planning.zone)
            if not slot_problem(starts_at, planning):
                yield starts_at


def days_of(window: Window) -> Iterator[date]:
    for days in range((window.last - window.first).days + 1):
        yield window.first + timedelta(days=days)


def day_of_infection(day: date, window: Window, protocol: Protocol) -> int:
    """The number the protocol gives to a calendar day, e.g. 10 on the first day of the window."""
    return protocol.window.first_day + (day - window.first).days
