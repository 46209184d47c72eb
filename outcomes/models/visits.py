"""Visits that took place."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited


@audited(reason=True)
class Visit(models.Model):
    """A visit that took place (CDISC SV). Planned visits follow from the protocol and are not stored.

    Both days count from 0: visits follow the infusion (randomization for those never infused), time to event
    counts from randomization for everyone.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="visits")
    code = models.CharField(_("visit"), max_length=8)
    repeat = models.PositiveSmallIntegerField(_("number of the visit"), default=1)
    took_place_on = models.DateField(_("date of the visit"))
    study_day = models.IntegerField(_("day since infusion"))
    randomization_day = models.IntegerField(_("day since randomization"))

    class Meta:
        ordering = ["took_place_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "code", "repeat"], name="visit_once"),
            models.CheckConstraint(condition=Q(randomization_day__gte=0), name="visit_after_randomization"),
        ]

    @property
    def key(self) -> str:
        """The visit's code; repeats of an unscheduled visit count on: UNS, UNS.2, UNS.3."""
        return self.code if self.repeat == 1 else f"{self.code}.{self.repeat}"
