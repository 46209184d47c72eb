"""Load and authorise: what every page of this app begins with. Dates and times are the study site's."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionOrder
from dosing.selectors import order_of
from enrollment.models import Subject
from enrollment.selectors import subject_for
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, can, require

ORDER_FIRST = _("An investigator must sign the re-check of day 0 first. It is the order.")


def load(request: StaffRequest, number: str, *tasks: Task) -> tuple[Subject, datetime]:
    """The participant this person may do one of `tasks` for, and what time it is."""
    subject = subject_for(request.actor, number)
    if not any(can(request.actor, task, subject.site_id) for task in tasks):
        require(request.actor, tasks[0], subject.site_id)
    timezone.activate(subject.site.tz)
    return subject, timezone.now()


def load_order(request: StaffRequest, number: str, task: Task) -> tuple[InfusionOrder, datetime]:
    subject, now = load(request, number, task)
    order = order_of(subject)
    if order is None:
        raise Refused(ORDER_FIRST)
    return order, now
