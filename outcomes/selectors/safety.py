"""Adverse events of a participant."""

from django.db.models import QuerySet

from enrollment.models import Subject
from enrollment.selectors import sites_for
from outcomes.models import AdverseEvent
from randomization.selectors import subjects_seen_by
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task


def adverse_events_of(subject: Subject) -> QuerySet[AdverseEvent]:
    return AdverseEvent.objects.filter(subject=subject)


def unjudged_events(actor: Actor) -> QuerySet[AdverseEvent]:
    """Adverse events whose causality waits for this investigator, who must not know the participant's arm."""
    sites = sites_for(actor, Task.ASSESS_CAUSALITY)
    unjudged = AdverseEvent.objects.filter(causality="", subject__site__in=sites)
    return unjudged.exclude(subject__in=subjects_seen_by(actor)).select_related("subject__site")
