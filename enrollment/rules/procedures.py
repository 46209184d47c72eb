"""Procedures of the study come after consent; earlier results are routine care and marked so (ICH E6(R3) 2.8).

On the day of consent the time decides. It is asked for on that day only, and no criterion uses it.
"""

from datetime import date, datetime, time

from enrollment.rules.answers import Source

# The day of a procedure, and the time that is asked for where the day is that of consent.
TIMED = {
    "vital_signs_date": "vital_signs_time",
    "imaging_date": "imaging_time",
    "pregnancy_test_date": "pregnancy_test_time",
}


def time_counts(done_on: date | None, source: str | None, *, consented_at: datetime) -> bool:
    """Must be known at what time a procedure was done? `consented_at` is on the clock of the study site."""
    return done_on == consented_at.date() and source != Source.ROUTINE_CARE


def before_consent(done_on: date, done_at: time | None, source: str | None, *, consented_at: datetime) -> str:
    """Why it cannot be a procedure of the study: "earlier_day", "time_unknown", "earlier_time", or ""."""
    if source == Source.ROUTINE_CARE or done_on > consented_at.date():
        return ""
    if done_on < consented_at.date():
        return "earlier_day"
    if done_at is None:
        return "time_unknown"
    minute = consented_at.time().replace(second=0, microsecond=0)
    return "earlier_time" if done_at < minute else ""
