"""When an e-mail that could not be delivered is tried again."""

from datetime import datetime, timedelta

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
# A claimed notice whose sender has not reported by then: it may have been sent, and nobody knows.
CONFIRMED_WITHIN = timedelta(minutes=10)


def next_attempt(attempts: int, *, at: datetime) -> datetime | None:
    """The time of the next attempt after `attempts` failed ones; None when it is given up."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None
