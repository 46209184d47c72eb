"""Recording that the audit trail of a period was reviewed."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.audit.models import Seal
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.models import AuditReview


@action
def record_audit_review(*, since: date, until: date, findings: str, by: Actor, at: datetime) -> AuditReview:
    """Findings are written also when nothing was found: then that."""
    require(by, Task.REVIEW_AUDIT)
    if until < since:
        raise Refused(fields={"until": _("The last day is before the first one.")})
    if until > at.date():
        raise Refused(fields={"until": _("This date is in the future.")})
    if not findings.strip():
        raise Refused(fields={"findings": _("Write a sentence.")})
    last = Seal.objects.order_by("-pk").first()
    return AuditReview.objects.create(
        since=since,
        until=until,
        findings=findings.strip(),
        seal=last.pk if last else None,
        reviewed_by_id=by.person_id,
        reviewed_at=at,
    )
