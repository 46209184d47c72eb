"""Which reminders staff want, and calls to participants before their visits."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


class ReminderKind(models.TextChoices):
    """Reminders that somebody may do without; what is about safety always comes."""

    VISITS = "visits", _("visits tomorrow")
    CLOSING = "closing", _("visit windows that close")
    OVERDUE = "overdue", _("forms that are overdue")
    UNSIGNED = "unsigned", _("eligibility to be signed")
    QUERIES = "queries", _("open queries")
    CONSENT = "consent", _("consent to be renewed")


@audited()
class UnwantedReminder(models.Model):
    """A kind of reminder that somebody has switched off for themselves."""

    staff = models.ForeignKey(StaffMember, models.PROTECT, related_name="unwanted_reminders")
    kind = models.CharField(_("kind"), max_length=12, choices=ReminderKind.choices)
    off = models.BooleanField(_("switched off"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "kind"], name="unwanted_reminder_once"),
            models.CheckConstraint(condition=Q(kind__in=ReminderKind.values), name="unwanted_reminder_known"),
        ]


@audited(privileges="SELECT, INSERT")
class VisitCall(models.Model):
    """A call to a participant the day before a visit, and what came of it."""

    class Outcome(models.TextChoices):
        COMING = "coming", _("will come")
        OTHER_DAY = "other_day", _("asks for another day")
        UNWELL = "unwell", _("reports something: call the investigator")
        NOT_COMING = "not_coming", _("will not come")
        NOT_REACHED = "not_reached", _("not reached")

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="calls", verbose_name=_("participant"))
    visit = models.CharField(_("visit"), max_length=12)
    outcome = models.CharField(_("outcome of the call"), max_length=12, choices=Outcome.choices)
    called_at = models.DateTimeField(_("called at"))
    called_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("called by"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["coming", "other_day", "unwell", "not_coming", "not_reached"]),
                name="visit_call_outcome_known",
            )
        ]
