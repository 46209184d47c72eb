"""What people believe was given: how well the blind was kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


class GuessedArm(models.TextChoices):
    PRODUCT = "product", _("study product")
    PLACEBO = "placebo", _("placebo")
    UNKNOWN = "unknown", _("does not know")


@audited(privileges="SELECT, INSERT")
class BlindingGuess(models.Model):
    """What somebody believes was given (CDISC QS), asked once; its author's alone until the database is locked."""

    class Whose(models.TextChoices):
        PARTICIPANT = "participant", _("participant")
        INVESTIGATOR = "investigator", _("investigator")
        ASSESSOR = "assessor", _("assessor")

    class Certainty(models.TextChoices):
        GUESSED = "guessed", _("guessed")
        FAIRLY = "fairly", _("fairly sure")
        VERY = "very", _("very sure")

    class Grounds(models.TextChoices):
        BETTER = "better", _("course of the disease: better than expected")
        WORSE = "worse", _("course of the disease: not better")
        EFFECTS = "effects", _("what was felt during or after the infusion")
        TOLD = "told", _("somebody said something")
        NONE = "none", _("none in particular")

    subject = models.ForeignKey(
        Subject, models.PROTECT, related_name="guesses", verbose_name=_("participant")
    )
    whose = models.CharField(_("who guesses"), max_length=12, choices=Whose.choices)
    guess = models.CharField(_("guess"), max_length=8, choices=GuessedArm.choices)
    certainty = models.CharField(_("how sure"), max_length=8, choices=Certainty.choices, blank=True)
    grounds = models.CharField(_("grounds"), max_length=8, choices=Grounds.choices, blank=True)
    given_at = models.DateTimeField(_("asked at"))
    given_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        ordering = ["subject", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "whose"], name="guess_once"),
            models.CheckConstraint(condition=Q(guess__in=GuessedArm.values), name="guess_known"),
            models.CheckConstraint(
                condition=Q(guess="unknown", certainty="") | ~Q(guess="unknown") & ~Q(certainty=""),
                name="guess_says_how_sure",
            ),
        ]
