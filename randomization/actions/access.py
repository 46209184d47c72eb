"""Who is about to look into the sealed room, committed before it answers."""

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization.models import AccessRecord
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require


@action(durable=True)
def record_access(subject: Subject, *, purpose: str, why: str, by: Actor) -> AccessRecord:
    """Commit who is about to look into the sealed room, for whom and why; the database demands it first."""
    require(by, Task.PREPARE_PRODUCT, subject.site_id)
    if not why.strip():
        raise Refused(fields={"why": _("Say why you need to see this.")})
    return AccessRecord.objects.create(subject=subject, person_id=by.person_id, purpose=purpose, why=why)
