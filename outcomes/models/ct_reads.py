"""The endpoint read of chest CT: images travel under a code that says nothing, and stay outside this system."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dosing.models import possible
from enrollment.models import Subject
from outcomes.models.laboratory import ChestCt
from outcomes.rules.limits import LESIONS
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


@audited(privileges="SELECT, INSERT")
class EndpointScan(models.Model):
    """The code under which the site hands a scan to the readers."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("participant"))
    scan = models.OneToOneField(ChestCt, models.PROTECT, related_name="endpoint", verbose_name=_("scan"))
    code = models.CharField(_("code"), max_length=12, unique=True)


@audited(privileges="SELECT, INSERT")
class EndpointRead(models.Model):
    """What one reader measured, knowing the code and nothing else (CDISC RE). Never changed."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("participant"))
    scan = models.ForeignKey(
        EndpointScan, models.PROTECT, related_name="reads", verbose_name=_("de-identified scan")
    )
    number = models.PositiveSmallIntegerField(_("number of the read"))
    lesion_percent = models.DecimalField(_("lesions, of lung volume"), max_digits=5, decimal_places=2)
    software = models.CharField(_("software"), max_length=80)
    software_version = models.CharField(_("version of the software"), max_length=40)
    read_at = models.DateTimeField(_("read at"))
    reader = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("read by"))

    class Meta:
        ordering = ["scan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["scan", "reader"], name="scan_read_once_by_a_reader"),
            models.UniqueConstraint(fields=["scan", "number"], name="scan_read_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=3), name="scan_read_by_three"),
            *possible("cr", LESIONS),
        ]
