"""Departures from the protocol."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember
from trial_site.monitoring.models.references import Reference


class DeviationState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class DeviationKind(models.TextChoices):
    CONSENT = "consent", _("consent")
    ELIGIBILITY = "eligibility", _("eligibility")
    DOSING = "dosing", _("dosing")
    PRODUCT = "product", _("study product")
    WINDOW = "window", _("outside the visit window")
    MISSED = "missed", _("missed assessment")
    SAFETY = "safety", _("safety reporting")
    UNBLINDING = "unblinding", _("blinding")
    OTHER = "other", _("other")


class DeviationGrade(models.TextChoices):
    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")


DEVIATION_TRANSITIONS = {"open": ("closed",), "closed": ()}


@state_machine("state", DEVIATION_TRANSITIONS)
@audited()
class Deviation(Reference):
    """What departed from the protocol (CDISC DV), and the record it is about; closed with a corrective action.

    `cause` says what the system noticed, unique, so that one cause raises one deviation; empty for people's.
    """

    number = models.CharField(_("number"), max_length=12, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=DeviationKind.choices)
    grade = models.CharField(_("grade"), max_length=6, choices=DeviationGrade.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=DeviationState.choices, default=DeviationState.OPEN
    )
    cause = models.CharField(max_length=120, unique=True, null=True)
    text = models.TextField(_("what happened"), max_length=1000)
    occurred_on = models.DateField(_("happened on"))
    raised_at = models.DateTimeField(_("reported at"))
    raised_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by")
    )
    corrective_action = models.TextField(_("corrective action"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DeviationKind.values), name="deviation_kind_known"),
            models.CheckConstraint(
                condition=Q(grade__in=DeviationGrade.values), name="deviation_grade_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | Q(state="closed", closed_at__isnull=False) & ~Q(corrective_action=""),
                name="deviation_closed_with_action",
            ),
        ]

    def __str__(self) -> str:
        return self.number
