"""Whose work is asked for, and one thing that waits."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import QuerySet
from django.urls import reverse

from dosing.selectors import DueInfusion, due_infusions
from enrollment.models import Subject
from enrollment.selectors import (
    sites_for,
)
from randomization.selectors import subjects_seen_by
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task


@dataclass(frozen=True)
class Todo:
    """One thing that waits for somebody: what, where it is done, until when. `today` is the study site's."""

    subject: str
    sentence: str
    url: str
    today: date
    due: date | None = None

    @property
    def urgency(self) -> tuple[date, str]:
        return self.due or date.max, self.subject


@dataclass(frozen=True)
class Desk:
    """Who asks, when, and about which participants."""

    actor: Actor
    at: datetime
    subjects: QuerySet[Subject]

    def waiting(self, task: Task, **where: object) -> QuerySet[Subject]:
        """Participants at the study sites where `task` is delegated to this person."""
        return self.subjects.filter(site__in=sites_for(self.actor, task), **where).select_related("site")

    def today_of(self, subject: Subject) -> date:
        return subject.site.date_of(self.at)

    def blind(self, task: Task) -> QuerySet[Subject]:
        """As `waiting`; for what must be assessed blind, without participants whose arm this person has seen."""
        waiting = self.waiting(task)
        if task != Task.ASSESS_OUTCOMES:
            return waiting
        return waiting.exclude(pk__in=subjects_seen_by(self.actor).values("pk"))

    @cached_property
    def infusions(self) -> list[DueInfusion]:
        return due_infusions(self.actor, self.at, self.subjects)

    def todo(
        self, subject: Subject, sentence: str, url: str, *, due: date | None = None, **said: object
    ) -> Todo:
        """`sentence` has a place for the participant's `number` and for what else is said."""
        sentence %= said | {"number": subject.number}
        return Todo(subject.number, sentence, url, subject.site.date_of(self.at), due)


def page_of(subject: Subject, view: str, *which: str | int) -> str:
    return reverse(view, args=[subject.number, *which])
