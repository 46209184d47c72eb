"""When visits are due. Visits follow the infusion, or randomization for participants never infused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from trial_site.core.protocol import Visit

VISIT_FORMS = ("VS", "CP", "LB")
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
    done: visit code -> date of the visits that took place. ended_on: death or end of consent.
    """

    randomized_on: date
    anchor: date
    settled: bool
    done: Mapping[str, date]
    ended_on: date | None = None


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of one participant; `first` and `last` belong to the window."""

    code: str
    title: str
    forms: tuple[str, ...]
    target: date
    first: date
    last: date
    status: VisitStatus
    took_place_on: date | None


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
    """The visits with a target day and forms of this app, in the protocol's order, as they stand on a day."""
    return [_plan(visit, course, on, language) for visit in visits if is_planned(visit)]


def is_planned(visit: Visit) -> bool:
    return visit.day is not None and not set(VISIT_FORMS).isdisjoint(visit.forms)


def _plan(visit: Visit, course: Course, on: date, language: str) -> PlannedVisit:
    target = course.anchor + timedelta(days=visit.day or 0)
    first, last = target - timedelta(days=visit.minus), target + timedelta(days=visit.plus)
    return PlannedVisit(
        code=visit.code,
        title=visit.name.text(language),
        forms=tuple(form for form in visit.forms if form in VISIT_FORMS),
        target=target,
        first=first,
        last=last,
        status=_status(visit, course, first, last, on),
        took_place_on=course.done.get(visit.code),
    )


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
