"""When a study site gives infusions, and the time reserved for one."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember, StudySite


@audited()
class InfusionUnit(models.Model):
    """How a study site gives infusions. A row appears with the first slot; until then the defaults count.

    Free text would be a way from unblinded to blinded people, so there is none here (design 4).
    """

    site = models.OneToOneField(StudySite, models.PROTECT, related_name="infusion_unit")
    version = models.PositiveIntegerField(default=1)
    first_hour = models.PositiveSmallIntegerField(_("first hour at which an infusion may begin"), default=8)
    last_hour = models.PositiveSmallIntegerField(_("last hour at which an infusion may begin"), default=16)
    capacity = models.PositiveSmallIntegerField(_("infusions on one day"), default=4)
    lead_minutes = models.PositiveSmallIntegerField(
        _("minutes the pharmacy needs before an infusion"), default=120
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_hour__lte=F("last_hour"), last_hour__lte=23), name="unit_hours_of_a_day"
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="unit_gives_infusions"),
        ]

    @property
    def hours(self) -> range:
        return range(self.first_hour, self.last_hour + 1)


class WhyBlocked(models.TextChoices):
    HOLIDAY = "holiday", _("public holiday")
    STAFF = "staff", _("staff absent")
    ROOM = "room", _("room or equipment not available")
    PHARMACY = "pharmacy", _("pharmacy closed")


@audited()
class BlockedDay(models.Model):
    """A day on which a study site gives no infusion, until somebody opens it again."""

    site = models.ForeignKey(StudySite, models.PROTECT, related_name="blocked_days")
    on = models.DateField(_("day"))
    why = models.CharField(_("reason"), max_length=10, choices=WhyBlocked.choices)
    blocked_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened again at"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "on"], condition=Q(opened_at=None), name="day_blocked_once"
            )
        ]


class SlotState(models.TextChoices):
    RESERVED = "reserved", _("reserved")
    CANCELLED = "cancelled", _("cancelled")
    USED = "used", _("used")


SLOT_TRANSITIONS = {"reserved": ("cancelled", "used"), "cancelled": (), "used": ()}


@state_machine("state", SLOT_TRANSITIONS)
@audited()
class InfusionSlot(models.Model):
    """A reserved time for one participant's infusion; one infusion at a time per study site.

    `on` is the study site's calendar day, written by a trigger, which also keeps capacity and blocked days; the
    window is the one under which the slot was reserved.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="slots")
    site = models.ForeignKey(StudySite, models.PROTECT)
    starts_at = models.DateTimeField(_("planned start"))
    on = models.DateField(_("day"))
    first_day = models.DateField(_("first day of the window"))
    last_day = models.DateField(_("last day of the window"))
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
            models.CheckConstraint(
                condition=Q(on__gte=F("first_day"), on__lte=F("last_day")), name="slot_inside_window"
            ),
        ]
