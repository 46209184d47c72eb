"""Visits with their windows, and the timeline of a participant."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise

from enrollment.models import Subject
from outcomes.actions.blind import task_for
from outcomes.rules.schedule import PlannedVisit
from outcomes.selectors import VisitForms, visits_of
from trial_site.core.actors import Actor
from trial_site.core.permissions import can
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import readable_forms


@dataclass(frozen=True)
class FormLine:
    """A form of a visit as the timeline shows it: done, missing, or as its visit is; and where it is filled in."""

    title: str | Promise
    state: str
    url: str


@dataclass(frozen=True)
class TimelineRow:
    planned: PlannedVisit
    forms: list[FormLine]


def timeline(actor: Actor, subject: Subject, *, at: datetime) -> list[TimelineRow]:
    """Every visit of a participant with those of its forms that this person may read."""
    readable = readable_forms(actor, subject.site_id)
    visits = visits_of(Subject.objects.filter(pk=subject.pk), at=at)
    return [
        TimelineRow(
            visit.planned, [line(actor, visit, form) for form in visit.planned.forms if form in readable]
        )
        for visit in visits
    ]


def line(actor: Actor, visit: VisitForms, form: str) -> FormLine:
    if form in visit.recorded:
        return FormLine(label_of(form), "done", f"#{form}")
    if not visit.missing([form]):
        return FormLine(label_of(form), visit.planned.status, "")
    may = can(actor, task_for(form), visit.subject.site_id)
    url = reverse("outcomes:visit", args=[visit.subject.number, visit.planned.key]) if may else ""
    return FormLine(label_of(form), "missing", url)
