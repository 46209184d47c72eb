"""Files of results that a laboratory sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


@audited(privileges="SELECT, INSERT")
class LaboratoryFile(models.Model):
    """A file whose results were taken over; the results are on the forms, this says that nobody takes it twice."""

    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    sha256 = models.CharField(max_length=64)
    results = models.PositiveIntegerField(_("results taken over"))
    taken_at = models.DateTimeField(_("taken over at"))
    taken_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("taken over by")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["site", "sha256"], name="laboratory_file_once")]
