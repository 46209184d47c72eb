"""The daily status: which days are asked for, which are recorded."""

from datetime import date
from typing import TYPE_CHECKING

from enrollment.models import Subject
from enrollment.selectors import protocol_of
from outcomes.models import DailyStatus, HospitalStay
from outcomes.rules.schedule import daily_days
from outcomes.selectors.visits import CourseDates, course_of, with_course

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def discharged_on(subject: Subject) -> date | None:
    """The day on which the participant left hospital for good, as far as is known."""
    stays = HospitalStay.objects.filter(subject=subject)
    last = stays.order_by("-admitted_on").first()
    return last.discharged_on if last else None


def daily_status_of(subject: Subject) -> dict[date, DailyStatus]:
    return {status.on: status for status in DailyStatus.objects.filter(subject=subject)}


def days_asked_for(subject: "WithAnnotations[Subject, CourseDates]", *, on: date) -> list[date]:
    """The days from day 0 to `on` whose status is to be recorded, for a subject loaded `with_course`."""
    course = course_of(subject, on=on)
    if course is None or not course.settled:
        return []
    last_day, left = protocol_of(subject).daily_status_last_day, discharged_on(subject)
    return daily_days(course, last_day=last_day, discharged_on=left, today=on)


def missing_days(subject: "WithAnnotations[Subject, CourseDates]", *, on: date) -> list[date]:
    recorded = daily_status_of(subject)
    return [day for day in days_asked_for(subject, on=on) if day not in recorded]


def grid_of(subject: Subject, *, on: date) -> dict[date, DailyStatus | None]:
    """Every day that should be recorded by a day, or is; the earliest first."""
    days = days_asked_for(with_course(Subject.objects.filter(pk=subject.pk)).get(), on=on)
    recorded = daily_status_of(subject)
    return {day: recorded.get(day) for day in sorted({*days, *recorded})}
