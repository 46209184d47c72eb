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
    """The infusion as given (CDASH EC): who identified whom and what, start, stop, volume."""

    order = models.OneToOneField(InfusionOrder, models.PROTECT)
    identified_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("identified by")
    )
    second_person = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("second person")
    )
    participant_code = models.CharField(_("participant number, read at the bedside"), max_length=20)
    bag_code = models.CharField(_("kit number, read from the bag"), max_length=12)
    started_at = models.DateTimeField(_("start"))
    stopped_at = models.DateTimeField(_("stop"), null=True)
    volume_ml = models.DecimalField(_("volume given"), max_digits=5, decimal_places=1, null=True)
    incomplete_reason = models.CharField(_("why not given in full"), max_length=300, blank=True)
    blind_kept = models.BooleanField(_("blind kept"), null=True)

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
        ]


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
    """Vital signs around the infusion (CDASH VS with a time point)."""

    order = models.ForeignKey(InfusionOrder, models.PROTECT, related_name="vitals")
    time_point = models.CharField(_("time point"), max_length=2, choices=TimePoint.choices)
    measured_at = models.DateTimeField(_("measured at"))
    temperature_c = models.DecimalField(_("body temperature"), max_digits=3, decimal_places=1, null=True)
    heart_rate = models.PositiveSmallIntegerField(_("heart rate"), null=True)
    respiratory_rate = models.PositiveSmallIntegerField(_("respiratory rate"), null=True)
    systolic_mmhg = models.PositiveSmallIntegerField(_("systolic blood pressure"), null=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(_("diastolic blood pressure"), null=True)
    spo2_percent = models.PositiveSmallIntegerField(_("oxygen saturation (SpO₂)"), null=True)

    class Meta:
        ordering = ["time_point"]
        constraints = [
            models.UniqueConstraint(fields=["order", "time_point"], name="infusion_vitals_once"),
            *possible("iv", VITAL_SIGNS),
            models.CheckConstraint(
                condition=Q(diastolic_mmhg=None)
                | Q(systolic_mmhg=None)
                | Q(diastolic_mmhg__lt=F("systolic_mmhg")),
                name="iv_diastolic_below_systolic",
            ),
        ]
