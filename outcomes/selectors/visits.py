"""What is planned and done for a participant."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Least
from django.utils.translation import get_language

from dosing.models import Infusion
from enrollment.models import Screening, Subject
from enrollment.selectors import ends_of_follow_up, infusion_window, protocol_of, standing
from outcomes.models import AdverseEvent, AdverseEventOutcome, EndOfStudy, ProgressionScore, Visit
from outcomes.rules import schedule
from outcomes.rules.schedule import Course, PlannedVisit

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class CourseDates(TypedDict):
    """What `with_course` adds to a participant: start of the infusion; the end of follow-up."""

    infused_at: datetime | None
    ended_on: date | None


def with_course(subjects: QuerySet[Subject]) -> "QuerySet[WithAnnotations[Subject, CourseDates]]":
    """Participants with everything their schedule follows from: two queries, however many they are."""
    fatal = AdverseEvent.objects.filter(outcome=AdverseEventOutcome.FATAL)
    dead = Visit.objects.filter(clinicalprogression__score=ProgressionScore.S10)
    ends = (_first(rows, "on") for rows in ends_of_follow_up())
    return (
        subjects.select_related("site", "randomization", "screening")
        .prefetch_related("visits")
        .annotate(
            infused_at=_first(Infusion.objects.all(), "started_at"),
            ended_on=Least(
                _first(EndOfStudy.objects.all(), "ended_on"),
                _first(fatal, "ended_on"),
                _first(dead, "took_place_on"),
                *ends,
            ),
        )
    )


def _first(rows: QuerySet, day: str) -> Subquery:
    return Subquery(rows.filter(subject=OuterRef("pk")).order_by(day).values(day)[:1])


def follow_up_ended_on(subject: Subject) -> date | None:
    """Death, loss, or the end of consent to collect data; None while the participant is followed."""
    return _loaded(subject).ended_on


def ends_on_record(subject: Subject) -> dict[str, date]:
    """Death, loss and withdrawals that ended follow-up, by kind, each with its day."""
    return {one.kind: one.on for rows in ends_of_follow_up() for one in rows.filter(subject=subject)}


def _loaded(subject: Subject) -> "WithAnnotations[Subject, CourseDates]":
    return with_course(Subject.objects.filter(pk=subject.pk)).get()


def course_of(subject: "WithAnnotations[Subject, CourseDates]", *, on: date) -> Course | None:
    """What the visits of a subject loaded `with_course` follow from; None before randomization."""
    if not hasattr(subject, "randomization"):
        return None
    date_of, planned_at = subject.site.date_of, subject.planned_infusion_at
    anchor, settled = schedule.day_zero(
        infused_on=date_of(subject.infused_at) if subject.infused_at else None,
        planned_on=date_of(planned_at) if planned_at else None,
        randomized_on=date_of(subject.randomization.randomized_at),
        may_be_infused=subject.infused_at is None and _may_be_infused(subject, on=on),
    )
    return Course(
        randomized_on=date_of(subject.randomization.randomized_at),
        anchor=anchor,
        settled=settled,
        done={visit.key: visit.took_place_on for visit in subject.visits.all()},
        ended_on=subject.ended_on,
        sex=vars(getattr(subject, "screening", None) or Screening())["sex"],
        begun_at=(subject.infused_at or subject.randomization.randomized_at) if settled else None,
    )


def _may_be_infused(subject: Subject, *, on: date) -> bool:
    window = infusion_window(subject)
    return standing(subject).treatment_stands and (window is None or on <= window.last)


def planned_visits(subject: Subject, *, on: date) -> list[PlannedVisit]:
    """The participant's visits as they stand on a day of their site; none before randomization."""
    return plan_of(_loaded(subject), on=on)


def plan_of(subject: "WithAnnotations[Subject, CourseDates]", *, on: date) -> list[PlannedVisit]:
    """As `planned_visits`, for a subject loaded `with_course`."""
    course = course_of(subject, on=on)
    if course is None:
        return []
    visits = protocol_of(subject).visits
    return schedule.planned_visits(visits, course, on=on, language=get_language() or "en")


@dataclass(frozen=True)
class VisitContext:
    """One visit of one participant: the plan, and what took place."""

    subject: Subject
    course: Course
    planned: PlannedVisit
    visit: Visit | None


def visit_context(subject: Subject, key: str, *, on: date) -> VisitContext | None:
    """None before randomization and for a visit that the participant's protocol does not have."""
    loaded = _loaded(subject)
    course = course_of(loaded, on=on)
    if course is None:
        return None
    planned = next((visit for visit in plan_of(loaded, on=on) if visit.key == key), None)
    planned = planned or _next_as_needed(subject, course, key)
    if planned is None:
        return None
    visit = Visit.objects.filter(subject=subject, code=planned.code, repeat=planned.repeat).first()
    return VisitContext(subject, course, planned, visit)


def _next_as_needed(subject: Subject, course: Course, key: str) -> PlannedVisit | None:
    """The next unscheduled visit, or the early termination, that has not taken place yet."""
    visit = protocol_of(subject).visit_by_code.get(key.partition(".")[0])
    if visit is None or visit.day is not None:
        return None
    repeat = schedule.times_taken(visit, course) + 1
    if key != schedule.key_of(visit.code, repeat) or (repeat > 1 and not visit.repeating):
        return None
    return schedule.as_needed(visit, course, repeat, language=get_language() or "en")


def new_visits(subject: Subject, *, on: date) -> list[PlannedVisit]:
    """The as-needed visits that can be begun now."""
    course = course_of(_loaded(subject), on=on)
    if course is None or not course.settled:
        return []
    codes = [visit.code for visit in protocol_of(subject).visits if visit.day is None]
    keys = [
        schedule.key_of(code, sum(k.partition(".")[0] == code for k in course.done) + 1) for code in codes
    ]
    return [visit for visit in (_next_as_needed(subject, course, key) for key in keys) if visit]
