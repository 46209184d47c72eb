"""Planned reviews of the audit trail (EMA computerised systems guideline 6.2.2; ICH E6(R3) 4.2.3)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


@audited(privileges="SELECT, INSERT")
class AuditReview(models.Model):
    """Somebody read the audit trail of a period. `seal` is the last seal of the history at that time."""

    since = models.DateField(_("first day reviewed"))
    until = models.DateField(_("last day reviewed"))
    findings = models.TextField(_("findings"), max_length=2000)
    seal = models.BigIntegerField(_("last seal"), null=True)
    reviewed_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="audit_review_ends_after_start"
            )
        ]
