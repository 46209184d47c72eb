"""Whom to remind of which visits, and what became of reminders."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject, SubjectState
from enrollment.selectors import sites_for
from outcomes.models import ReminderKind
from outcomes.rules.schedule import VisitStatus
from outcomes.selectors.visits import plan_of, with_course
from randomization.models import CODE_BROKEN, PHARMACY_CALLS, SUPPLY_LOW
from trial_site.core.actors import Actor
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.permissions import Role, Task

COMING = (VisitStatus.EXPECTED, VisitStatus.DUE)


def visits_planned_on(site: StudySite, day: date, *, today: date) -> int:
    """How many visits of participants in follow-up have `day` as their target and are still to come."""
    followed = Subject.objects.filter(site=site, state=SubjectState.RANDOMIZED)
    plans = (plan_of(subject, on=today) for subject in with_course(followed).filter(ended_on=None))
    return sum(visit.target == day and visit.status in COMING for plan in plans for visit in plan)


def coordinators_of(site: StudySite, *, at: datetime) -> QuerySet[StaffMember]:
    """Coordinators whose current delegation there covers the work of a visit."""
    return StaffMember.objects.filter(
        Q(delegations__ends_at=None) | Q(delegations__ends_at__gt=at),
        Q(delegations__site=site) | Q(delegations__site=None),
        delegations__task=Task.RECORD_LABORATORY,
        delegations__starts_at__lte=at,
        role=Role.COORDINATOR,
        is_active=True,
    ).distinct()


ABOUT: dict[str, Any] = dict(ReminderKind.choices) | {
    "window": _("infusion window closes"),
    "slot": _("planned infusion changed"),
    "corrected": _("data corrected after randomization"),
    "serious_event": _("safety: something to look at"),
    "clock": _("safety: a report is due"),
    "export": _("an export is ready"),
}


def notices_for(actor: Actor) -> QuerySet[Notice]:
    """E-mails of this person's sites, newest first; of code breaks and of the supply knows who was told."""
    told_apart = (CODE_BROKEN, PHARMACY_CALLS, SUPPLY_LOW)
    notices = Notice.objects.filter(site__in=sites_for(actor)).exclude(kind__in=told_apart)
    return notices.select_related("recipient", "site").order_by("-id")
