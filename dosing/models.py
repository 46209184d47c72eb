"""The infusion: slot, order, release, identification, infusion and the vital signs around it.

Nothing here differs between the arms: every bag has the same nominal volume and the same use-by rule.
"""

from django.db import models
from django.db.models import DateTimeField, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import RECHECK, VITAL_SIGNS, Limits
from enrollment.models import Subject, SubjectRecord, choices_of
from randomization.models import Kit
from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember, StudySite


def possible(prefix: str, limits: tuple[Limits, ...]) -> list[models.CheckConstraint]:
    """A constraint per number: absent, or physically possible."""
    return [
        models.CheckConstraint(
            condition=Q(**{each.field: None}) | Q(**{f"{each.field}__range": each.possible}),
            name=f"{prefix}_{each.field}_possible",
        )
        for each in limits
    ]


def minute_of(field: str) -> Func:
    """An instant without its seconds, which nobody types."""
    return Func(Value("minute"), F(field), Value("UTC"), function="date_trunc", output_field=DateTimeField())


class SlotState(models.TextChoices):
    RESERVED = "reserved", _("reserved")
    CANCELLED = "cancelled", _("cancelled")
    USED = "used", _("used")


SLOT_TRANSITIONS = {"reserved": ("cancelled", "used"), "cancelled": (), "used": ()}


@state_machine("state", SLOT_TRANSITIONS)
@audited()
class InfusionSlot(models.Model):
    """A reserved time for one participant's infusion; one infusion at a time per study site."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="slots")
    site = models.ForeignKey(StudySite, models.PROTECT)
    starts_at = models.DateTimeField(_("planned start"))
    state = models.CharField(_("state"), max_length=10, choices=SlotState.choices, default=SlotState.RESERVED)
    reserved_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "starts_at"], condition=~Q(state="cancelled"), name="slot_taken_once"
            ),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="reserved"), name="slot_one_per_subject"
            ),
        ]


class OrderState(models.TextChoices):
    ORDERED = "ordered", _("ordered")
    RELEASED = "released", _("ready")
    STARTED = "started", _("infusion running")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


ORDER_TRANSITIONS = {
    "ordered": ("released", "cancelled"),
    "released": ("started", "cancelled"),
    "started": ("finished",),
    "finished": (),
    "cancelled": (),
}


@state_machine("state", ORDER_TRANSITIONS)
@audited(reason=True, without_reason=["state"])
class InfusionOrder(SubjectRecord):
    """The investigator's signed pre-dose re-check of day 0, which is the order to the pharmacy."""

    slot = models.OneToOneField(InfusionSlot, models.PROTECT)
    kit = models.OneToOneField(Kit, models.PROTECT, verbose_name=_("kit"))
    state = models.CharField(
        _("state"), max_length=10, choices=OrderState.choices, default=OrderState.ORDERED
    )
    ordered_at = models.DateTimeField(_("ordered at"))
    rechecked_at = models.DateTimeField(_("re-checked at"))
    consent_stands = models.BooleanField(_("consent stands"))
    still_moderate = models.BooleanField(_("not severe or critical"))
    no_new_exclusion = models.BooleanField(_("no new exclusion criterion"))
    weight_kg = models.DecimalField(_("body weight, day 0 or −1"), max_digits=4, decimal_places=1)
    weight_measured_on = models.DateField(_("weight measured on"))
    temperature_c = models.DecimalField(_("body temperature"), max_digits=3, decimal_places=1)
    respiratory_rate = models.PositiveSmallIntegerField(_("respiratory rate"))
    spo2_percent = models.PositiveSmallIntegerField(_("oxygen saturation (SpO₂)"))
    oxygen_device = models.CharField(_("oxygen support"), max_length=20, choices=choices_of("oxygen_device"))
    ordered_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(consent_stands=True), name="order_consent_stands"),
            models.CheckConstraint(condition=Q(still_moderate=True), name="order_still_moderate"),
            models.CheckConstraint(condition=Q(no_new_exclusion=True), name="order_no_new_exclusion"),
            *possible("order", RECHECK),
        ]


@audited(privileges="SELECT, INSERT")
class Release(models.Model):
    """The bag is ready: what blinded staff may know of a preparation."""

    order = models.OneToOneField(InfusionOrder, models.PROTECT)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    ready_at = models.DateTimeField(_("ready at"))
    use_by = models.DateTimeField(_("use by"))
    released_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("released by")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(use_by__gt=F("ready_at")), name="release_use_by_later")
        ]


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
