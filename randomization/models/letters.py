"""The sealed letters for when the system is down: printed once, counted at visits. Nothing here follows an arm.

Not even a hash of what was printed: with few places, all lists could be tried against it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


@audited(privileges="SELECT")
class LetterPrint(models.Model):
    """A set of sealed letters was printed, one per place of the allocation list. Written by the owner role."""

    letters = models.PositiveIntegerField(_("letters"))
    printed_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("printed by")
    )
    printed_at = models.DateTimeField(_("printed at"))

    class Meta:
        ordering = ["-id"]


@audited(privileges="SELECT, INSERT")
class LetterCount(models.Model):
    """The letters at a study site were counted, by somebody who looks at the seals only."""

    class Occasion(models.TextChoices):
        VISIT = "visit", _("monitoring visit")
        CLOSE_OUT = "close_out", _("close-out")

    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion.choices)
    intact = models.PositiveIntegerField(_("letters with an intact seal"))
    opened = models.PositiveIntegerField(_("opened letters"))
    expected_opened = models.PositiveIntegerField(_("letters entered as opened"))
    comment = models.TextField(_("comment"), max_length=500, blank=True)
    counted_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("counted by")
    )
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened=models.F("expected_opened")) | ~Q(comment=""),
                name="letter_count_difference_explained",
            )
        ]

    @property
    def agrees(self) -> bool:
        """Is every opened letter entered as a code break?"""
        return self.opened == self.expected_opened
