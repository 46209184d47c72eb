"""What the case report forms have in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject, SubjectRecord
from outcomes.models.visits import Visit


class VisitForm(SubjectRecord):
    """A case report form of one visit."""

    visit = models.OneToOneField(Visit, models.PROTECT, verbose_name=_("visit"))

    class Meta:
        abstract = True


class OnceForm(SubjectRecord):
    """A case report form that a participant has once."""

    subject = models.OneToOneField(Subject, models.PROTECT, verbose_name=_("participant"))

    class Meta:
        abstract = True


class LogEntry(SubjectRecord):
    """One of the numbered entries of a participant's log."""

    number = models.PositiveSmallIntegerField(_("number"))

    class Meta:
        abstract = True
        ordering = ["subject", "number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="%(class)s_number_once")]


class YesNo(models.TextChoices):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("unknown")


class TestResult(models.TextChoices):
    POSITIVE = "positive", _("positive")
    NEGATIVE = "negative", _("negative")
    INDETERMINATE = "indeterminate", _("indeterminate")


class Severity(models.TextChoices):
    """Clinical classification of the NHC's 10th protocol, which the registry record cites."""

    MILD = "mild", _("mild")
    MODERATE = "moderate", _("moderate")
    SEVERE = "severe", _("severe")
    CRITICAL = "critical", _("critical")


CLASSIFICATION = "NHC v10 2023"
