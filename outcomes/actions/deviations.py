"""Departures from the schedule and from the clock of serious events, raised by the system, once for each cause.

Nothing here knows an arm; the text is read by everybody who reads the site's forms, and never by the assessor.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.models import Subject
from outcomes.models import AdverseEvent, Visit
from outcomes.rules.safety import REPORT_WITHIN
from outcomes.rules.schedule import LATE_DAYS, PlannedVisit, VisitStatus, outside_window, overdue
from outcomes.selectors import VisitForms, missing_days, visits_of, with_course
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import Deviation, DeviationGrade, DeviationKind, RecordRef
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import ref_of


@action
def raise_schedule_deviations(*, by: Actor, at: datetime) -> None:
    """What went by without being recorded: visits, forms of visits, days, reports of serious events."""
    randomized = Subject.objects.exclude(randomization=None)
    for visit in visits_of(randomized, at=at):
        _deviate_of_visit(visit, by=by, at=at)
    for subject in with_course(randomized):
        _deviate_of_days(subject, by=by, at=at)
    for event in AdverseEvent.objects.filter(serious=True, reports=None, aware_at__lt=at - REPORT_WITHIN):
        deviate_of_late_report(event, by=by, at=at)


def _deviate_of_visit(visit: VisitForms, *, by: Actor, at: datetime) -> None:
    subject, planned = visit.subject, visit.planned
    today = subject.site.date_of(at)
    if planned.status == VisitStatus.MISSED and planned.last:
        said = _("The visit did not take place: %(visit)s.") % {"visit": planned.title}
        _raise_missed(
            ref_of("SU", subject), said, f"missed visit:{subject.pk}:{planned.key}", planned.last, by, at
        )
    elif overdue(planned, on=today) and planned.took_place_on and (missing := visit.unrecorded):
        said = _("Not recorded within %(days)d days, %(visit)s: %(forms)s.") % {
            "days": LATE_DAYS,
            "visit": planned.title,
            "forms": ", ".join(str(label_of(form)) for form in missing),
        }
        cause = f"missed forms:{subject.pk}:{planned.key}"
        _raise_missed(ref_of("SU", subject), said, cause, planned.took_place_on, by, at)


def _deviate_of_days(subject: Subject, *, by: Actor, at: datetime) -> None:
    today = subject.site.date_of(at)
    for day in missing_days(subject, on=today):  # type: ignore[arg-type]
        if (today - day).days > LATE_DAYS:
            said = _("The status of a day was not recorded within %(days)d days.") % {"days": LATE_DAYS}
            _raise_missed(ref_of("SU", subject), said, f"missed day:{subject.pk}:{day}", day, by, at)


def _raise_missed(ref: RecordRef, text: str, cause: str, on: date, by: Actor, at: datetime) -> None:
    if not Deviation.objects.filter(cause=cause).exists():
        raise_deviation(
            ref,
            kind=DeviationKind.MISSED,
            grade=DeviationGrade.MINOR,
            text=text,
            occurred_on=on,
            cause=cause,
            by=by,
            at=at,
        )


def deviate_from_window(planned: PlannedVisit, visit: Visit, *, by: Actor, at: datetime) -> None:
    """Once per visit, also when its date is corrected later: whoever closes it says which date was right."""
    if outside_window(planned, visit.took_place_on):
        raise_deviation(
            ref_of("VI", visit, "took_place_on"),
            kind=DeviationKind.WINDOW,
            grade=DeviationGrade.MINOR,
            text=_("The visit took place outside its window: %(visit)s.") % {"visit": planned.title},
            occurred_on=visit.took_place_on,
            cause=f"window:{visit.pk}",
            by=by,
            at=at,
        )


def deviate_of_late_report(event: AdverseEvent, *, by: Actor, at: datetime) -> None:
    """Once per event: when a day has passed without a report, or by a first report that comes later."""
    raise_deviation(
        ref_of("AE", event, "aware_at"),
        kind=DeviationKind.SAFETY,
        grade=DeviationGrade.MAJOR,
        text=_("A serious adverse event was not reported within 24 hours of the site's awareness."),
        occurred_on=event.subject.site.date_of(at),
        cause=f"late report of AE {event.pk}",
        by=by,
        at=at,
    )
