"""Monitoring visits of a study site (ICH E6(R3) 3.11.4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


class Manner(models.TextChoices):
    ON_SITE = "on_site", _("on site")
    REMOTE = "remote", _("at a distance")


@audited(privileges="SELECT, INSERT")
class MonitoringVisit(models.Model):
    """A monitor visited a study site. `as_of` is the last event of history then: what comes after it is new."""

    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    held_on = models.DateField(_("held on"))
    manner = models.CharField(_("manner"), max_length=8, choices=Manner.choices)
    as_of = models.BigIntegerField()
    monitor = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("monitor"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        ordering = ["-id"]
