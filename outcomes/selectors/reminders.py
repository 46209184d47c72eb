"""Whom to remind of which visits, and what became of reminders."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject, SubjectState
from enrollment.selectors import reachable_by_email, sites_for
from outcomes.models import ReminderKind
from outcomes.rules.schedule import VisitStatus
from outcomes.selectors.visits import plan_of, with_course
from randomization.models import CODE_BROKEN, PHARMACY_CALLS, SUPPLY_LOW
from trial_site.core.actors import Actor
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.permissions import Role, Task

COMING = (VisitStatus.EXPECTED, VisitStatus.DUE)


def coming_on(day: date, subjects: QuerySet[Subject], *, today: date) -> list[str]:
    """The screening number, once per visit, of those in follow-up whose visit of `day` is still to come."""
    followed = with_course(subjects.filter(state=SubjectState.RANDOMIZED)).filter(ended_on=None)
    return [
        subject.number
        for subject in followed
        for visit in plan_of(subject, on=today)
        if visit.target == day and visit.status in COMING
    ]


def visits_planned_on(site: StudySite, day: date, *, today: date) -> int:
    """How many visits of participants in follow-up have `day` as their target and are still to come."""
    return len(coming_on(day, Subject.objects.filter(site=site), today=today))


def expecting_an_email(day: date, subjects: QuerySet[Subject], *, today: date) -> set[str]:
    """The screening numbers of those with a visit on `day` who agree to be reminded of it."""
    return set(coming_on(day, reachable_by_email(subjects), today=today))


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
    "participant": _("appointment tomorrow, to the participant"),
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
