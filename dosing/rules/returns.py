"""What can be true of the return of a bag to the pharmacy; the same for both arms."""

from datetime import datetime

from dosing.rules.time_points import to_the_minute


def return_problem(returned_at: datetime, *, since: datetime, at: datetime) -> str:
    """`since` is the last thing that happened to the bag; times are typed in minutes."""
    if returned_at > at:
        return "future"
    return "return_too_early" if returned_at < to_the_minute(since) else ""
