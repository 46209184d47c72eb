"""Load and authorise: what every page of this app begins with. Dates and times are the study site's."""

from datetime import datetime

from django.utils import timezone

from enrollment.models import Subject
from enrollment.selectors import subject_for
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require


def load(request: StaffRequest, number: str, task: Task) -> tuple[Subject, datetime]:
    """The participant for whom this person may do `task`, and the time; the page keeps the study site's clock."""
    subject = subject_for(request.actor, number)
    require(request.actor, task, subject.site_id)
    timezone.activate(subject.site.tz)
    return subject, timezone.now()
