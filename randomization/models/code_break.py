"""That a code was broken: for whom, why, by whom, and who knows the arm since. No column holds or follows an arm."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from randomization.models.access import AccessRecord
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember

# The kind of the notices about code breaks.
CODE_BROKEN = "code_break"


class BreakCategory(models.TextChoices):
    EMERGENCY = "emergency", _("emergency")
    SUSAR = "susar", _("suspected unexpected serious adverse reaction")
    INADVERTENT = "inadvertent", _("inadvertent")
    PLANNED = "planned", _("planned")


@audited(privileges="SELECT, INSERT")
class CodeBreak(models.Model):
    """The arm of one participant was shown to one person: on the page, after `access`, or by opening letter `letter`.

    To look again is a new code break.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="code_breaks")
    category = models.CharField(_("category"), max_length=12, choices=BreakCategory.choices)
    why = models.TextField(_("reason"), max_length=500)
    broken_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("code broken by")
    )
    broken_at = models.DateTimeField(_("code broken at"))
    second_person = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("second person")
    )
    access = models.OneToOneField(AccessRecord, models.PROTECT, null=True, related_name="+")
    letter = models.CharField(_("sealed letter opened"), max_length=12, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=BreakCategory.values), name="code_break_category_known"
            ),
            models.CheckConstraint(
                condition=~Q(category="planned") | Q(second_person__isnull=False) | Q(access=None),
                name="code_break_planned_by_two",
            ),
            models.CheckConstraint(
                condition=Q(second_person=None) | ~Q(second_person=F("broken_by")),
                name="code_break_second_is_another",
            ),
            models.CheckConstraint(
                condition=Q(access__isnull=False, letter="") | Q(access=None) & ~Q(letter=""),
                name="code_break_by_page_or_letter",
            ),
        ]


@audited(privileges="SELECT, INSERT")
class ImpactAssessment(models.Model):
    """What a code break means for the participant and the study: who learned what, with which consequences.

    Written and signed by an investigator who may know the arm; so no form of the casebook.
    """

    code_break = models.OneToOneField(CodeBreak, models.PROTECT, related_name="impact")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    learned = models.TextField(_("who learned what"), max_length=1000)
    consequences = models.TextField(_("consequences for the participant and the study"), max_length=1000)
    assessed_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("assessed by")
    )
    assessed_at = models.DateTimeField(_("assessed at"))


@audited(privileges="SELECT, INSERT")
class UnblindedPerson(models.Model):
    """Somebody of the staff knows the arm of one participant since `since`, from a code break."""

    person = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    code_break = models.ForeignKey(CodeBreak, models.PROTECT, related_name="unblinded")
    since = models.DateTimeField(_("since"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "subject"], name="unblinded_once_per_participant")
        ]
