"""Visits with their windows, and which of their forms are recorded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from enrollment.models import Subject
from outcomes.actions.visits import task_for
from outcomes.models import VISIT_MODELS
from outcomes.rules.schedule import PlannedVisit, VisitStatus
from outcomes.selectors import with_course
from outcomes.selectors.visits import plan_of
from trial_site.core.actors import Actor
from trial_site.core.permissions import can
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import readable_forms

WAITING = (VisitStatus.DUE, VisitStatus.LATE, VisitStatus.DONE)


@dataclass(frozen=True)
class VisitForms:
    """One visit of one participant, and the codes of its forms that are recorded."""

    subject: Subject
    planned: PlannedVisit
    recorded: frozenset[str]

    def missing(self, forms: Iterable[str]) -> list[str]:
        """Those of `forms` that this visit has and that should be recorded by now."""
        if self.planned.status not in WAITING or self.planned.target is None:
            return []
        return [form for form in forms if form in self.planned.forms and form not in self.recorded]


def visits_of(subjects: QuerySet[Subject], *, at: datetime) -> Iterator[VisitForms]:
    """Every planned visit of every randomized participant, as it stands on the study site's day."""
    followed = list(with_course(subjects.exclude(randomization=None)))
    recorded = recorded_forms(followed)
    for subject in followed:
        taken = {visit.key: visit.pk for visit in subject.visits.all()}
        for planned in plan_of(subject, on=subject.site.date_of(at)):
            forms = {form for form in planned.forms if (form, taken.get(planned.key)) in recorded}
            yield VisitForms(subject, planned, frozenset(forms))


def recorded_forms(subjects: Sequence[Subject]) -> set[tuple[str, int]]:
    """(form code, visit id) of every form that is recorded."""
    return {
        (form, visit)
        for form, model in VISIT_MODELS.items()
        for visit in model._default_manager.filter(subject__in=subjects).values_list("visit_id", flat=True)
    }


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
