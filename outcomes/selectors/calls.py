"""Whom to call: participants in follow-up with a visit planned for tomorrow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from enrollment.models import Subject
from enrollment.selectors import sites_for, taking_part
from outcomes.models import VisitCall
from outcomes.rules.schedule import PlannedVisit
from outcomes.selectors.progress import visits_of
from outcomes.selectors.reminders import COMING
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task


@dataclass(frozen=True)
class Call:
    """A participant to be called, for which visit, and the calls since it was due."""

    subject: Subject
    planned: PlannedVisit
    made: list[VisitCall]

    @property
    def key(self) -> str:
        return f"{self.subject.number}.{self.planned.key}"

    @property
    def settled(self) -> bool:
        return any(one.outcome != VisitCall.Outcome.NOT_REACHED for one in self.made)


def calls_to_make(subjects: QuerySet[Subject], *, at: datetime) -> Iterator[Call]:
    """For every visit whose target is tomorrow on the study site's clock and that has not taken place."""
    for visit in visits_of(taking_part(subjects), at=at):
        subject, planned = visit.subject, visit.planned
        today = subject.site.date_of(at)
        if planned.target == today + timedelta(days=1) and planned.status in COMING:
            calls = VisitCall.objects.filter(subject=subject, visit=planned.key).select_related("called_by")
            yield Call(
                subject, planned, [one for one in calls if subject.site.date_of(one.called_at) == today]
            )


def calls_for(actor: Actor, *, at: datetime) -> list[Call]:
    """The call list of this person's study sites."""
    sites = sites_for(actor, Task.SCREEN)
    return list(calls_to_make(Subject.objects.filter(site__in=sites), at=at))
