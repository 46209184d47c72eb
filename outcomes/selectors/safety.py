"""Adverse events of a participant."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from dosing.models import InfusionReaction
from enrollment.models import Ending, EndingKind, Subject
from enrollment.selectors import sites_for
from outcomes.models import (
    AdverseEvent,
    AdverseEventOutcome,
    ClinicalProgression,
    DailyStatus,
    Pregnancy,
    ProgressionScore,
    VitalStatus,
)
from outcomes.rules.safety import CountedEvent, Counter, counters
from randomization.selectors import subjects_seen_by
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task
from trial_site.core.protocol import latest

FOLLOWED_EVERY = timedelta(days=90)


def adverse_events_of(subject: Subject) -> QuerySet[AdverseEvent]:
    return AdverseEvent.objects.filter(subject=subject)


def unjudged_events(actor: Actor) -> QuerySet[AdverseEvent]:
    """Adverse events whose causality waits for this investigator, who must not know the participant's arm."""
    sites = sites_for(actor, Task.ASSESS_CAUSALITY)
    unjudged = AdverseEvent.objects.filter(causality="", subject__site__in=sites)
    return unjudged.exclude(subject__in=subjects_seen_by(actor)).select_related("subject__site")


def events_for(actor: Actor) -> QuerySet[AdverseEvent]:
    """Adverse events at the study sites whose case report forms this person reads, newest first."""
    events = AdverseEvent.objects.filter(subject__site__in=sites_for(actor, Task.VIEW_CASEBOOK))
    return events.select_related("subject__site").prefetch_related("reports", "assessments").order_by("-id")


def unreported_events(actor: Actor) -> QuerySet[AdverseEvent]:
    """Serious events without a report, at the sites where this person may report."""
    sites = sites_for(actor, Task.RECORD_SAFETY)
    waiting = AdverseEvent.objects.filter(serious=True, reports=None, subject__site__in=sites)
    return waiting.select_related("subject__site")


def deaths_without_event(actor: Actor) -> QuerySet[Ending]:
    """Deaths at this person's sites that no adverse event tells yet."""
    fatal = AdverseEvent.objects.filter(outcome=AdverseEventOutcome.FATAL)
    sites = sites_for(actor, Task.RECORD_SAFETY)
    deaths = Ending.objects.filter(kind=EndingKind.DEATH, stands=True, subject__site__in=sites)
    return deaths.exclude(subject__in=fatal.values("subject")).select_related("subject__site")


def deaths_seen_by_assessor(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those of `subjects` whom a form of the blinded assessor calls dead, and of whom no death is recorded."""
    dead = (
        ClinicalProgression.objects.filter(score=ProgressionScore.S10),
        DailyStatus.objects.filter(score=ProgressionScore.S10),
        VitalStatus.objects.filter(status=VitalStatus.Status.DEAD),
    )
    called_dead = Q()
    for forms in dead:
        called_dead |= Q(pk__in=forms.values("subject"))
    recorded = Ending.objects.filter(kind=EndingKind.DEATH, stands=True)
    return subjects.filter(called_dead).exclude(pk__in=recorded.values("subject"))


def pregnancies_to_follow(subjects: QuerySet[Subject], *, on: date) -> QuerySet[Pregnancy]:
    """Ongoing ones whose expected date has come or, where none is known, of which the site heard long ago."""
    overdue = Q(due_on__lte=on) | Q(due_on=None, learned_on__lte=on - FOLLOWED_EVERY)
    ongoing = Pregnancy.objects.filter(outcome=Pregnancy.Outcome.ONGOING, subject__in=subjects)
    return ongoing.filter(overdue).select_related("subject__site")


def unassessed_events(actor: Actor) -> QuerySet[AdverseEvent]:
    """Serious events that wait for the safety officer."""
    sites = sites_for(actor, Task.ASSESS_SUSAR)
    waiting = AdverseEvent.objects.filter(serious=True, assessments=None, subject__site__in=sites)
    return waiting.select_related("subject__site")


def reactions_without_event(actor: Actor) -> QuerySet[InfusionReaction]:
    """Infusion reactions at this person's sites that have no adverse event yet."""
    sites = sites_for(actor, Task.RECORD_SAFETY)
    open_ones = InfusionReaction.objects.filter(adverse_event=None, subject__site__in=sites)
    return open_ones.select_related("subject__site")


def stopping_counters() -> list[Counter]:
    """Every stopping rule of the latest protocol with its count over all events, whichever the arm."""
    names = ("grade", "serious", "causality", "special_interest")
    events = [CountedEvent(*values) for values in AdverseEvent.objects.values_list(*names)]
    return counters(latest().stopping_rules, events)
