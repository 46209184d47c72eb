"""Who is told by e-mail that something about safety waits for them; never what, or about whom."""

from datetime import datetime

from django.db.models import Q, QuerySet

from outcomes.models import AdverseEvent, Pregnancy
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.notices import plan_notices
from trial_site.core.permissions import Task

SERIOUS = "serious_event"


def tell_of_serious_event(event: AdverseEvent, *, at: datetime) -> None:
    """The safety officer and whoever judges causality at the site learn that they should look."""
    site = event.subject.site
    people = people_for_safety(site, at=at)
    plan_notices(SERIOUS, f"{SERIOUS}:{event.pk}", people, site=site, on=site.date_of(at), at=at)


def tell_of_pregnancy(pregnancy: Pregnancy, *, at: datetime) -> None:
    """As of a serious event: a pregnancy is reported within the same time."""
    site = pregnancy.subject.site
    people = people_for_safety(site, at=at)
    plan_notices(SERIOUS, f"pregnancy:{pregnancy.pk}", people, site=site, on=site.date_of(at), at=at)


def people_for_safety(site: StudySite, *, at: datetime) -> QuerySet[StaffMember]:
    """Those whose delegation at the site is in force to judge causality or assess for expedited reporting."""
    return StaffMember.objects.filter(
        Q(delegations__ends_at=None) | Q(delegations__ends_at__gt=at),
        Q(delegations__site=site) | Q(delegations__site=None),
        delegations__task__in=(Task.ASSESS_CAUSALITY, Task.ASSESS_SUSAR),
        delegations__starts_at__lte=at,
        is_active=True,
    ).distinct()


def still_of_safety(notice: Notice, at: datetime) -> int:
    return int(people_for_safety(notice.site, at=at).filter(pk=notice.person.pk).exists())
