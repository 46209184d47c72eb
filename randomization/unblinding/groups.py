"""Who shares a group, for the closed report to the board; letters instead of arms."""

from django.utils.translation import gettext as _

from randomization import vault
from randomization.models import StudyAccess
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require


@action(durable=True)
def record_study_access(*, why: str, by: Actor) -> StudyAccess:
    """Commit who is about to look at the whole study by group, and why; the database demands it first."""
    require(by, Task.REPORT_CLOSED)
    if not why.strip():
        raise Refused(fields={"why": _("Say why you need to see this.")})
    return StudyAccess.objects.create(person_id=by.person_id, why=why.strip())


@action
def groups(access: StudyAccess, *, by: Actor) -> dict[int, str]:
    """Participant key -> letter, for 60 seconds after the record. The letters change with every code break."""
    return dict(vault.groups(access.pk))
