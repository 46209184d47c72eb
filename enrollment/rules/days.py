"""Calendar arithmetic that stays inside the calendar, so that no date makes a rule fail."""

from calendar import monthrange
from datetime import date, timedelta


def add_days(day: date, number: int) -> date:
    """`number` days later (earlier when negative), at most the last and at least the first date there is."""
    ordinal = min(max(day.toordinal() + number, 1), date.max.toordinal())
    return date.fromordinal(ordinal)


def add_months(day: date, number: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    months = day.year * 12 + day.month - 1 + number
    year, month = months // 12, months % 12 + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def days_between(first: date, second: date) -> int:
    """Positive when `second` is the later one."""
    return (second - first) // timedelta(days=1)


def completed_years(birth: date, on: date) -> int:
    """Age in completed years; who is born on 29 February grows older on 1 March of a common year."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
