"""When visits are due. Visits follow the infusion, or randomization for participants never infused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from outcomes.rules.sheets import SHEETS, VISIT_FORMS
from trial_site.core.protocol import Visit

# A visit whose window has closed is asked for this long as late, then counted as missed (our assumption; the
# registry record names no visits).
LATE_DAYS = 7


class VisitStatus(StrEnum):
    EXPECTED = "expected"
    DUE = "due"
    LATE = "late"
    MISSED = "missed"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Course:
    """What the schedule of one participant follows from; dates are the study site's.

    anchor: day 0. settled: False while an infusion is still to come, when day 0 is only planned.
    done: visit key -> date of the visits that took place. ended_on: death or end of consent.
    begun_at: start of the infusion, or randomization where none comes any more; None while one is still to come.
    """

    randomized_on: date
    anchor: date
    settled: bool
    done: Mapping[str, date]
    ended_on: date | None = None
    sex: str = ""
    begun_at: datetime | None = None


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of one participant; `first` and `last` belong to the window, which as-needed visits lack."""

    code: str
    title: str
    forms: tuple[str, ...]
    target: date | None
    first: date | None
    last: date | None
    status: VisitStatus
    took_place_on: date | None
    repeat: int = 1

    @property
    def key(self) -> str:
        return key_of(self.code, self.repeat)


def key_of(code: str, repeat: int) -> str:
    """What a visit is called in addresses: its code; repeats of an unscheduled visit count on."""
    return code if repeat == 1 else f"{code}.{repeat}"


def day_zero(
    *, infused_on: date | None, planned_on: date | None, randomized_on: date, may_be_infused: bool
) -> tuple[date, bool]:
    """Day 0 of the schedule, and whether it is settled: an infusion still to come would move it."""
    if infused_on is not None:
        return infused_on, True
    if may_be_infused:
        return planned_on or randomized_on, False
    return randomized_on, True


def impossible_date(course: Course, took_place_on: date, *, today: date) -> dict[str, str]:
    """Why a visit cannot have taken place on a day, as a finding; outside its window it can."""
    if took_place_on > today:
        return {"took_place_on": "future_day"}
    if took_place_on < course.randomized_on:
        return {"took_place_on": "before_randomization"}
    if course.ended_on is not None and took_place_on > course.ended_on:
        return {"took_place_on": "after_end"}
    return {}


def planned_visits(visits: Iterable[Visit], course: Course, *, on: date, language: str) -> list[PlannedVisit]:
    """The visits with forms of this app, in the protocol's order, as they stand on a day; those made as needed
    only once they took place."""
    found = []
    for visit in filter(_has_forms, visits):
        if visit.day is not None:
            found.append(_plan(visit, course, on, language))
        else:
            taken = range(1, times_taken(visit, course) + 1)
            found += [as_needed(visit, course, repeat, language=language) for repeat in taken]
    return found


def _has_forms(visit: Visit) -> bool:
    return not set(VISIT_FORMS).isdisjoint(visit.forms)


def times_taken(visit: Visit, course: Course) -> int:
    return sum(key.partition(".")[0] == visit.code for key in course.done)


def as_needed(visit: Visit, course: Course, repeat: int, *, language: str) -> PlannedVisit:
    """A visit without a planned day: unscheduled, or early termination."""
    took_place_on = course.done.get(key_of(visit.code, repeat))
    return PlannedVisit(
        code=visit.code,
        title=visit.name.text(language) + (f" {repeat}" if repeat > 1 else ""),
        forms=forms_at(visit, course),
        target=None,
        first=None,
        last=None,
        status=VisitStatus.DONE if took_place_on else VisitStatus.EXPECTED,
        took_place_on=took_place_on,
        repeat=repeat,
    )


def forms_at(visit: Visit, course: Course) -> tuple[str, ...]:
    """The forms of a visit that apply to this participant."""
    return tuple(f for f in visit.forms if f in VISIT_FORMS and course.sex in SHEETS[f].sexes)


def _plan(visit: Visit, course: Course, on: date, language: str) -> PlannedVisit:
    target = course.anchor + timedelta(days=visit.day or 0)
    first, last = target - timedelta(days=visit.minus), target + timedelta(days=visit.plus)
    return PlannedVisit(
        code=visit.code,
        title=visit.name.text(language),
        forms=forms_at(visit, course),
        target=target,
        first=first,
        last=last,
        status=_status(visit, course, first, last, on),
        took_place_on=course.done.get(visit.code),
    )


def daily_days(course: Course, *, last_day: int, discharged_on: date | None, today: date) -> list[date]:
    """The days whose status is to be recorded by today: day 0 to the last one, discharge or the end."""
    ends = [course.anchor + timedelta(days=last_day), today, discharged_on, course.ended_on]
    last = min(end for end in ends if end is not None)
    return [course.anchor + timedelta(days=n) for n in range((last - course.anchor).days + 1)]


def overdue(planned: PlannedVisit, *, on: date) -> bool:
    """Should every form of a visit that took place be recorded by now?"""
    ends = planned.last or planned.took_place_on
    return planned.took_place_on is not None and ends is not None and on > ends + timedelta(days=LATE_DAYS)


def outside_window(planned: PlannedVisit, took_place_on: date) -> bool:
    """Visits made as needed have no window."""
    first, last = planned.first, planned.last
    return first is not None and last is not None and not first <= took_place_on <= last


def _status(visit: Visit, course: Course, first: date, last: date, on: date) -> VisitStatus:
    if visit.code in course.done:
        return VisitStatus.DONE
    if course.ended_on is not None and course.ended_on <= last:
        return VisitStatus.NOT_APPLICABLE
    if on < first or not course.settled:
        return VisitStatus.EXPECTED
    if on <= last:
        return VisitStatus.DUE
    return VisitStatus.LATE if on <= last + timedelta(days=LATE_DAYS) else VisitStatus.MISSED
