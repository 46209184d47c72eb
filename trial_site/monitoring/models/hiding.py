"""Texts that may tell somebody's treatment, and were therefore taken out of blinded people's sight."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.datasets import HIDDEN as HIDDEN
from trial_site.core.models import StaffMember, StudySite
from trial_site.monitoring.models.deviations import Deviation


@audited()
class HiddenText(models.Model):
    """A free text that was reported as possibly unblinding: HIDDEN stands in its place, and in that of every earlier
    one there, in the history too up to its event `upto`. Unblinded people read it on the pharmacy's page.

    The reason for a change stands in the history only: `table` is then audit_event, and `record_id` that event.
    """

    table = models.CharField(max_length=63)
    record_id = models.BigIntegerField(_("record"))
    column = models.CharField(_("field"), max_length=63)
    subject = models.CharField(_("participant"), max_length=20, db_index=True)
    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    upto = models.BigIntegerField(null=True)
    deviation = models.ForeignKey(Deviation, models.PROTECT, verbose_name=_("deviation"))
    reported_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    reported_at = models.DateTimeField(_("reported at"))

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["table", "record_id"], name="hidden_text_of_record")]
