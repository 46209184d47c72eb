"""Adverse events."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import SubjectRecord
from trial_site.audit.tracking import audited


class Grade(models.IntegerChoices):
    """CTCAE severity grades."""

    MILD = 1, _("1 – mild")
    MODERATE = 2, _("2 – moderate")
    SEVERE = 3, _("3 – severe")
    LIFE_THREATENING = 4, _("4 – life-threatening")
    DEATH = 5, _("5 – death")


class Causality(models.TextChoices):
    NOT_RELATED = "not_related", _("not related")
    POSSIBLY = "possibly", _("possibly related")
    PROBABLY = "probably", _("probably related")
    DEFINITELY = "definitely", _("definitely related")


class AdverseEventOutcome(models.TextChoices):
    RECOVERED = "recovered", _("recovered")
    RECOVERING = "recovering", _("recovering")
    NOT_RECOVERED = "not_recovered", _("not recovered")
    SEQUELAE = "sequelae", _("recovered with sequelae")
    FATAL = "fatal", _("fatal")
    UNKNOWN = "unknown", _("unknown")


@audited(reason=True)
class AdverseEvent(SubjectRecord):
    """An adverse event (CDASH AE); CTCAE version kept with the grade, causality judged by an investigator."""

    number = models.PositiveSmallIntegerField(_("number"))
    term = models.CharField(_("event"), max_length=200)
    started_on = models.DateField(_("onset"))
    ended_on = models.DateField(_("end"), null=True, blank=True)
    ctcae_version = models.CharField(_("CTCAE version"), max_length=8, default="5.0")
    grade = models.PositiveSmallIntegerField(_("CTCAE grade"), choices=Grade.choices)
    serious = models.BooleanField(_("serious"))
    causality = models.CharField(
        _("relation to the study product"), max_length=12, choices=Causality.choices, blank=True
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=AdverseEventOutcome.choices)

    class Meta:
        ordering = ["subject", "number"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="ae_number_once"),
            models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=5), name="ae_grade_possible"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="ae_ends_after_onset"
            ),
            models.CheckConstraint(
                condition=Q(grade=5, outcome="fatal") | ~Q(grade=5) & ~Q(outcome="fatal"),
                name="ae_grade5_is_fatal",
            ),
            models.CheckConstraint(condition=~Q(grade=5) | Q(serious=True), name="ae_death_is_serious"),
        ]

    def __str__(self) -> str:
        return self.term
