"""The days on which the infusion may be given (entries 13 and 14)."""

from datetime import date
from enum import Enum
from typing import NamedTuple

from enrollment.rules.days import add_days, days_between
from trial_site.core.protocol import Protocol


class Place(Enum):
    """Where a day lies."""

    BEFORE = "before"
    WITHIN = "within"
    AFTER = "after"


class Window(NamedTuple):
    """First and last day of the infusion window, both inside it, in the study site's calendar."""

    first: date
    last: date

    def contains(self, on: date) -> bool:
        return self.first <= on <= self.last

    def days_left(self, on: date) -> int:
        """Days from `on` to the last day: 0 on the last day itself and ever after."""
        return max(days_between(on, self.last), 0)


def infusion_window(onset: date, protocol: Protocol) -> Window:
    """The window that belongs to an onset, whose own day is day 0 (or day 1, as the protocol counts)."""
    limits = protocol.window
    return Window(
        first=add_days(onset, limits.first_day - limits.onset_is_day),
        last=add_days(onset, limits.last_day - limits.onset_is_day),
    )


def place_in_window(window: Window, on: date) -> Place:
    if on < window.first:
        return Place.BEFORE
    return Place.WITHIN if on <= window.last else Place.AFTER
