"""Sites, staff and the delegation log, for those who keep and read them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from trial_site.core.actions import first_line
from trial_site.core.actors import Actor
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import Task, can

READING = (Task.SIGN_DELEGATION, Task.ADMINISTER, Task.VIEW_AUDIT)


def sites_of(actor: Actor, *tasks: Task) -> QuerySet[StudySite]:
    """The study sites where the actor holds one of `tasks`."""
    where = {site for task, site in actor.delegations if task in tasks}
    if None in where:
        return StudySite.objects.all()
    return StudySite.objects.filter(pk__in=[site for site in where if site is not None])


def delegation_log(actor: Actor) -> QuerySet[Delegation]:
    """Every line of the actor's study sites, and of people who work for all; a line is never removed."""
    lines = Delegation.objects.select_related("staff", "site", "signed_by")
    here = lines.filter(site__in=sites_of(actor, *READING)) | lines.filter(site=None)
    return here.order_by("staff__full_name", "staff", "-starts_at", "task")


def lines_shown(
    lines: QuerySet[Delegation],
    *,
    at: datetime,
    site: StudySite | None = None,
    person: StaffMember | None = None,
    task: str = "",
    state: str = "",
) -> list[Delegation]:
    """What a reader of the log asks for; a line for every study site belongs to each of them."""
    if site:
        lines = lines.filter(Q(site=site) | Q(site=None))
    if person:
        lines = lines.filter(staff=person)
    if task:
        lines = lines.filter(task=task)
    return [line for line in lines if state in ("", line.state(at))]


def staff_to_delegate(actor: Actor) -> QuerySet[StaffMember]:
    """Whose lines the actor may sign: people of their sites and of all; before that only their own."""
    everyone = StaffMember.objects.filter(is_active=True).select_related("site").order_by("full_name")
    if begins_log(actor):
        return everyone.filter(pk=actor.person_id)
    sites = sites_of(actor, Task.SIGN_DELEGATION)
    return everyone.filter(site__in=sites) | everyone.filter(site=None) if sites else everyone.none()


def begins_log(actor: Actor) -> bool:
    """Is this a principal investigator who has no line yet, and so signs their own first?"""
    return actor.staff is not None and first_line(actor.staff, actor)


def may_sign(actor: Actor) -> bool:
    return can(actor, Task.SIGN_DELEGATION) or begins_log(actor)


def staff_list() -> QuerySet[StaffMember]:
    return StaffMember.objects.select_related("site").order_by("-is_active", "full_name")
