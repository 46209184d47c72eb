"""Monitoring visits."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.monitoring.models import MonitoringVisit


@action
def record_monitoring_visit(
    site: StudySite, *, held_on: date, manner: str, by: Actor, at: datetime
) -> MonitoringVisit:
    """The site was visited; whatever is written from here on is new at the next visit."""
    require(by, Task.VERIFY_SOURCE, site.pk)
    if held_on > site.date_of(at):
        raise Refused(fields={"held_on": _("This date is in the future.")})
    latest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return MonitoringVisit.objects.create(
        site=site, held_on=held_on, manner=manner, as_of=latest, monitor_id=by.person_id, recorded_at=at
    )
