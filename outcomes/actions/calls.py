"""Calling participants the day before a visit."""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.actions import record_contact_attempt
from enrollment.models import Subject
from outcomes.models import VisitCall
from outcomes.selectors.calls import calls_to_make
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require


@action
def record_call(subject: Subject, *, visit: str, outcome: str, by: Actor, at: datetime) -> VisitCall:
    """What came of a call; reached or not, it is an attempt to reach the participant, too."""
    require(by, Task.SCREEN, subject.site_id)
    due = [one.planned.key for one in calls_to_make(Subject.objects.filter(pk=subject.pk), at=at)]
    if visit not in due:
        raise Refused(_("No visit of this participant is planned for tomorrow. Nobody has to be called."))
    today, reached = subject.site.date_of(at), outcome != VisitCall.Outcome.NOT_REACHED
    record_contact_attempt(subject, on=today, means="phone", reached=reached, by=by, at=at)
    return VisitCall.objects.create(
        subject=subject, visit=visit, outcome=outcome, called_at=at, called_by_id=by.person_id
    )
