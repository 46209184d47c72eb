"""Source data verification."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember
from trial_site.monitoring.models.references import Reference


@audited(privileges="SELECT, INSERT")
class Verification(Reference):
    """A monitor compared one value with its source, or took that back; the latest one counts.

    It stands as long as no event of history after `as_of` touches the value, so that nobody has to unmark
    anything. `as_of` is the last event of the record when it was verified.
    """

    verified = models.BooleanField(_("agrees with the source"))
    as_of = models.BigIntegerField()
    verified_at = models.DateTimeField(_("verified at"))
    verified_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("verified by")
    )

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "form", "record_id"], name="verification_of_subject")]
