"""At the bed: the infusion as given, and the vital signs around it."""

from django.db import models
from django.db.models import DateTimeField, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from dosing.models.measured import possible
from dosing.models.orders import InfusionOrder
from dosing.rules.measurements import VITAL_SIGNS
from enrollment.models import SubjectRecord
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


def minute_of(field: str) -> Func:
    """An instant without its seconds, which nobody types."""
    return Func(Value("minute"), F(field), Value("UTC"), function="date_trunc", output_field=DateTimeField())


@audited(reason=True)
class Infusion(SubjectRecord):
    """The infusion as given (CDASH EC): who identified whom and what, start, stop, volume.

    Started now, `entered_at` is the start. Recorded afterwards, it also says why so late and on which paper it
    stood, and `departures` are what would have been refused. Without an order when there was none.
    """

    order = models.OneToOneField(InfusionOrder, models.PROTECT, null=True)
    identified_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("identified by")
    )
    second_person = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("second person")
    )
    participant_code = models.CharField(_("participant number, read at the bedside"), max_length=20)
    bag_code = models.CharField(_("number read from the bag"), max_length=12)
    started_at = models.DateTimeField(_("start"))
    stopped_at = models.DateTimeField(_("stop"), null=True)
    volume_ml = models.DecimalField(_("volume given"), max_digits=5, decimal_places=1, null=True)
    incomplete_reason = models.CharField(_("why not given in full"), max_length=300, blank=True)
    blind_kept = models.BooleanField(_("blind kept"), null=True)
    entered_at = models.DateTimeField(_("entered at"))
    why_late = models.CharField(_("why it was recorded afterwards"), max_length=300, blank=True)
    paper_source = models.CharField(_("paper source"), max_length=120, blank=True)
    departures = models.JSONField(_("departures from the protocol"), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(identified_by=F("second_person")), name="infusion_two_people"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=minute_of("started_at")),
                name="infusion_stops_after_start",
            ),
            models.CheckConstraint(
                condition=Q(volume_ml=None) | Q(volume_ml__gte=0, volume_ml__lte=500),
                name="infusion_volume_possible",
            ),
            models.CheckConstraint(
                condition=Q(why_late="", entered_at=F("started_at"), order__isnull=False, departures=[])
                | ~Q(why_late="") & ~Q(paper_source="") & ~Q(departures=[]),
                name="infusion_now_or_afterwards",
            ),
            models.CheckConstraint(
                condition=~Q(why_late="") | Q(second_person__isnull=False), name="infusion_now_by_two"
            ),
        ]


@audited(reason=True)
class Interruption(SubjectRecord):
    """The infusion paused: from when, until when (empty: not resumed), why."""

    infusion = models.ForeignKey(Infusion, models.PROTECT, related_name="interruptions")
    began_at = models.DateTimeField(_("interrupted at"))
    ended_at = models.DateTimeField(_("resumed at"), null=True)
    why = models.CharField(_("reason"), max_length=300)

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="interruption_ends_later"
            ),
            models.UniqueConstraint(
                fields=["infusion"], condition=Q(ended_at=None), name="interruption_one_open"
            ),
        ]


class Grade(models.IntegerChoices):
    """CTCAE severity."""

    MILD = 1, _("1 mild")
    MODERATE = 2, _("2 moderate")
    SEVERE = 3, _("3 severe")
    LIFE_THREATENING = 4, _("4 life-threatening")
    FATAL = 5, _("5 fatal")


class Response(models.TextChoices):
    NONE = "none", _("none")
    SLOWED = "slowed", _("infusion slowed")
    INTERRUPTED = "interrupted", _("infusion interrupted")
    STOPPED = "stopped", _("infusion stopped")
    TREATED = "treated", _("treated with medication")


@audited(reason=True)
class InfusionReaction(SubjectRecord):
    """A reaction during the infusion or in the 24 hours after it; becomes an adverse event in outcomes."""

    infusion = models.ForeignKey(Infusion, models.PROTECT, related_name="reactions")
    term = models.CharField(_("what was seen"), max_length=200)
    grade = models.PositiveSmallIntegerField(_("CTCAE grade"), choices=Grade.choices)
    began_at = models.DateTimeField(_("began at"))
    response = models.CharField(_("what was done"), max_length=12, choices=Response.choices)
    recorded_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="reaction_grade_known")
        ]


class Asked(models.TextChoices):
    """The answer when somebody is asked for events at 6 and 24 hours."""

    NOTHING = "nothing", _("nothing new")
    RECORDED = "recorded", _("yes, recorded as a reaction or an adverse event")


class TimePoint(models.TextChoices):
    """Planned times around the infusion; the number orders them."""

    BEFORE = "00", _("before the infusion")
    MIN15 = "01", _("15 minutes after start")
    MIN30 = "02", _("30 minutes after start")
    MIN60 = "03", _("60 minutes after start")
    END = "04", _("end of infusion")
    END30 = "05", _("30 minutes after the end")
    HOUR1 = "06", _("1 hour after the end")
    HOUR2 = "07", _("2 hours after the end")
    HOUR4 = "08", _("4 hours after the end")
    HOUR6 = "09", _("6 hours after the end")
    HOUR24 = "10", _("24 hours after the end")


@audited(reason=True)
class InfusionVitals(SubjectRecord):
    """Vital signs around the infusion (CDASH VS with a time point), when measured and when entered.

    They belong to the order, because those before the infusion come first; to the infusion itself where it was
    recorded afterwards without an order.
    """

    order = models.ForeignKey(InfusionOrder, models.PROTECT, null=True, related_name="vitals")
    infusion = models.ForeignKey(Infusion, models.PROTECT, null=True, related_name="vitals")
    entered_at = models.DateTimeField(_("entered at"))
    time_point = models.CharField(_("time point"), max_length=2, choices=TimePoint.choices)
    measured_at = models.DateTimeField(_("measured at"))
    temperature_c = models.DecimalField(_("body temperature"), max_digits=3, decimal_places=1, null=True)
    heart_rate = models.PositiveSmallIntegerField(_("heart rate"), null=True)
    respiratory_rate = models.PositiveSmallIntegerField(_("respiratory rate"), null=True)
    systolic_mmhg = models.PositiveSmallIntegerField(_("systolic blood pressure"), null=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(_("diastolic blood pressure"), null=True)
    spo2_percent = models.PositiveSmallIntegerField(_("oxygen saturation (SpO₂)"), null=True)
    events = models.CharField(
        _("adverse events since the infusion"), max_length=8, choices=Asked.choices, blank=True
    )

    class Meta:
        ordering = ["time_point"]
        constraints = [
            models.UniqueConstraint(fields=["order", "time_point"], name="infusion_vitals_once"),
            models.UniqueConstraint(
                fields=["infusion", "time_point"], name="infusion_vitals_once_afterwards"
            ),
            models.CheckConstraint(
                condition=Q(order=None, infusion__isnull=False) | Q(order__isnull=False, infusion=None),
                name="iv_of_order_or_infusion",
            ),
            *possible("iv", VITAL_SIGNS),
            models.CheckConstraint(
                condition=Q(diastolic_mmhg=None)
                | Q(systolic_mmhg=None)
                | Q(diastolic_mmhg__lt=F("systolic_mmhg")),
                name="iv_diastolic_below_systolic",
            ),
        ]

    @property
    def around(self) -> InfusionOrder | Infusion:
        """What they belong to."""
        around = self.order or self.infusion
        if around is None:
            raise LookupError("iv_of_order_or_infusion keeps one of them")
        return around
