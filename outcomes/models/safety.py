"""Adverse events, their reports to the sponsor, and the safety officer's assessment."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionReaction
from enrollment.models import Subject, SubjectRecord
from outcomes.models.forms import LogEntry
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


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


class ActionTaken(models.TextChoices):
    NONE = "none", _("none")
    INTERRUPTED = "interrupted", _("infusion interrupted")
    STOPPED = "stopped", _("infusion stopped")
    TREATED = "treated", _("treated with medication")
    OTHER = "other", _("other")


class SpecialInterest(models.TextChoices):
    REACTION = "reaction", _("infusion reaction")
    THROMBOSIS = "thrombosis", _("thrombosis or embolism")
    ECTOPIC = "ectopic", _("ectopic tissue")
    TUMOUR = "tumour", _("tumour")


CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


def clock_time(field: str) -> models.CheckConstraint:
    named = Q(**{field: ""}) | Q(**{f"{field}__regex": CLOCK})
    return models.CheckConstraint(condition=named, name=f"ae_{field}_is_a_time")


def criterion(label: object) -> models.BooleanField:
    return models.BooleanField(label, default=False)  # type: ignore[arg-type]


@audited(reason=True)
class AdverseEvent(SubjectRecord):
    """An adverse event (CDASH AE); CTCAE version kept with the grade, causality judged by an investigator."""

    number = models.PositiveSmallIntegerField(_("number"))
    term = models.CharField(_("event"), max_length=200)
    started_on = models.DateField(_("onset"))
    started_time = models.CharField(_("time of onset, if known"), max_length=5, blank=True)
    ended_on = models.DateField(_("end"), null=True, blank=True)
    ended_time = models.CharField(_("time of the end, if known"), max_length=5, blank=True)
    ctcae_version = models.CharField(_("CTCAE version"), max_length=8, default="5.0")
    grade = models.PositiveSmallIntegerField(_("CTCAE grade"), choices=Grade.choices)
    serious = models.BooleanField(_("serious"))
    life_threatening = criterion(_("life-threatening"))
    hospitalisation = criterion(_("admission or a longer stay in hospital"))
    disability = criterion(_("lasting disability"))
    birth_defect = criterion(_("birth defect"))
    medically_important = criterion(_("medically important"))
    aware_at = models.DateTimeField(_("site aware of it since"), null=True, blank=True)
    special_interest = models.CharField(
        _("event of special interest"), max_length=10, choices=SpecialInterest.choices, blank=True
    )
    action_taken = models.CharField(
        _("action taken"), max_length=12, choices=ActionTaken.choices, default=ActionTaken.NONE
    )
    reaction = models.OneToOneField(InfusionReaction, models.PROTECT, null=True, related_name="adverse_event")
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
            models.CheckConstraint(
                condition=Q(serious=False) | Q(aware_at__isnull=False), name="ae_serious_is_known_since"
            ),
            clock_time("started_time"),
            clock_time("ended_time"),
        ]

    def __str__(self) -> str:
        return self.term


@audited(reason=True)
class Pregnancy(LogEntry):
    """A pregnancy of the participant or a partner after the infusion (CDISC RP), reported and followed to its end."""

    class Whose(models.TextChoices):
        PARTICIPANT = "participant", _("participant")
        PARTNER = "partner", _("partner")

    class Outcome(models.TextChoices):
        ONGOING = "ongoing", _("ongoing")
        BIRTH = "birth", _("live birth")
        STILLBIRTH = "stillbirth", _("stillbirth")
        MISCARRIAGE = "miscarriage", _("miscarriage")
        TERMINATION = "termination", _("termination")
        ECTOPIC = "ectopic", _("ectopic pregnancy")
        LOST = "lost", _("lost to follow-up")

    class Child(models.TextChoices):
        HEALTHY = "healthy", _("healthy")
        ANOMALY = "anomaly", _("congenital anomaly: also a serious adverse event")
        ILL = "ill", _("ill")
        UNKNOWN = "unknown", _("unknown")

    whose = models.CharField(_("who is pregnant"), max_length=12, choices=Whose.choices)
    learned_on = models.DateField(_("site informed on"))
    last_period_on = models.DateField(_("first day of the last period"), null=True)
    due_on = models.DateField(_("expected date of birth"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    ended_on = models.DateField(_("ended on"), null=True)
    child = models.CharField(_("child"), max_length=8, choices=Child.choices, blank=True)
    course = models.TextField(_("course, and what was learned at each follow-up"), max_length=4000)


@audited(privileges="SELECT, INSERT")
class SafetyReport(models.Model):
    """A report of a serious event to the sponsor; the first is due within 24 hours of awareness. Never edited."""

    subject = models.ForeignKey(Subject, models.PROTECT, verbose_name=_("participant"))
    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="reports", verbose_name=_("event"))
    number = models.PositiveSmallIntegerField(_("number of the report"))
    narrative = models.TextField(_("course of the event"), max_length=4000)
    reported_at = models.DateTimeField(_("reported at"))
    reported_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("reported by")
    )

    class Meta:
        ordering = ["event", "number"]
        constraints = [models.UniqueConstraint(fields=["event", "number"], name="safety_report_number_once")]


class Expectedness(models.TextChoices):
    EXPECTED = "expected", _("expected by the reference safety information")
    UNEXPECTED = "unexpected", _("unexpected")


@audited(privileges="SELECT, INSERT")
class SusarAssessment(models.Model):
    """What the safety officer decides on a serious event. Everyone else learns only that it was assessed: the result
    is on no other page, in no trail and in no export, because an expedited report follows the arm."""

    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="assessments")
    reference_version = models.CharField(_("version of the reference safety information"), max_length=20)
    expectedness = models.CharField(_("expectedness"), max_length=10, choices=Expectedness.choices)
    sponsor_causality = models.CharField(
        _("causality as the sponsor judges it"), max_length=12, choices=Causality.choices
    )
    grounds = models.TextField(_("grounds"), max_length=2000)
    assessed_at = models.DateTimeField(_("assessed at"))
    assessed_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("assessed by")
    )

    class Meta:
        ordering = ["id"]
