"""The blinded review of the data before the lock, and the analysis sets it assigns (ICH E9 5.7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


@audited(privileges="SELECT, INSERT")
class DataReview(models.Model):
    """A blinded data review that was held, and what it concluded."""

    held_on = models.DateField(_("held on"))
    conclusions = models.TextField(_("conclusions"), max_length=2000)
    recorded_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        ordering = ["-id"]


@audited(reason=True)
class AnalysisSets(models.Model):
    """In which analysis sets a randomized participant is; decided blind, with a reason for each exclusion."""

    subject = models.CharField(_("participant"), max_length=20, unique=True)
    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    full_analysis = models.BooleanField(_("full analysis set (intention to treat)"))
    per_protocol = models.BooleanField(_("per-protocol set"))
    safety = models.BooleanField(_("safety set"))
    why = models.CharField(_("why excluded from a set"), max_length=300, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        ordering = ["subject"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(full_analysis=True, per_protocol=True, safety=True) | ~models.Q(why=""),
                name="analysis_sets_exclusion_has_reason",
            )
        ]
