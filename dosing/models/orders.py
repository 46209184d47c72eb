"""The order and the bag: what blinded staff may know of it. Nothing here differs between the arms."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dosing.models.measured import possible
from dosing.models.slots import InfusionSlot
from dosing.rules.measurements import RECHECK
from enrollment.models import Subject, SubjectRecord, choices_of
from randomization.models import Kit
from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember


class OrderState(models.TextChoices):
    ORDERED = "ordered", _("ordered")
    RELEASED = "released", _("ready")
    HANDED_OVER = "handed_over", _("at the bedside")
    STARTED = "started", _("infusion running")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


ORDER_TRANSITIONS = {
    # Straight to finished: what was done without the system, recorded afterwards.
    "ordered": ("released", "finished", "cancelled"),
    "released": ("handed_over", "finished", "cancelled"),
    "handed_over": ("started", "finished", "cancelled"),
    "started": ("finished",),
    "finished": (),
    "cancelled": (),
}


@state_machine("state", ORDER_TRANSITIONS)
@audited(reason=True, without_reason=["state"])
class InfusionOrder(SubjectRecord):
    """The investigator's signed pre-dose re-check of day 0, which is the order to the pharmacy."""

    slot = models.ForeignKey(InfusionSlot, models.PROTECT, related_name="orders")
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="orders", verbose_name=_("kit"))
    state = models.CharField(
        _("state"), max_length=12, choices=OrderState.choices, default=OrderState.ORDERED
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
    oxygen_reason = models.CharField(
        _("newly on oxygen: why still a moderate case"), max_length=300, blank=True
    )
    recheck_version = models.CharField(_("version of the re-check list"), max_length=16, default="1")
    ordered_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=~Q(state="cancelled"), name="order_one_per_slot"
            ),
            models.UniqueConstraint(
                fields=["kit"], condition=~Q(state="cancelled"), name="order_one_per_kit"
            ),
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
    start_by = models.DateTimeField(_("start by"))
    use_by = models.DateTimeField(_("use by"), help_text=_("The infusion has ended by then."))
    released_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("released by")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(start_by__gt=F("ready_at"), use_by__gt=F("start_by")), name="release_use_by_later"
            )
        ]


@audited(privileges="SELECT, INSERT")
class Handover(models.Model):
    """The bag comes to the ward: a pharmacist hands it over, somebody of the infusion team takes it."""

    order = models.OneToOneField(InfusionOrder, models.PROTECT)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    handed_over_at = models.DateTimeField(_("handed over at"))
    bag_code = models.CharField(_("number on the bag"), max_length=12)
    sleeve_intact = models.BooleanField(_("sleeve over the bag intact"))
    line_intact = models.BooleanField(_("line covered and intact"))
    handed_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("handed over by")
    )
    received_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("received by")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sleeve_intact=True, line_intact=True), name="handover_covered")
        ]


@audited(privileges="SELECT, INSERT")
class BagReturn(models.Model):
    """Bag and line, used or not, are back in the pharmacy: who brought them, who took them, whether still covered.

    Nobody brings a bag that never left the pharmacy, because its order was called off.
    """

    order = models.OneToOneField(InfusionOrder, models.PROTECT)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(_("back in the pharmacy at"))
    bag_code = models.CharField(_("number on the bag"), max_length=12)
    covered = models.BooleanField(_("sleeve over bag and line intact"))
    brought_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("brought by")
    )
    received_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("received by")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(brought_by=F("received_by")), name="return_two_people")
        ]


class Problem(models.TextChoices):
    """What can be wrong with a bag outside the pharmacy, in both arms alike."""

    TEMPERATURE = "temperature", _("temperature excursion")
    SPILL = "spill", _("spill")
    BREAKAGE = "breakage", _("bag or line broken, or the sleeve open")
    WRONG_BAG = "wrong_bag", _("wrong bag delivered")
    EXPIRED = "expired", _("not started in time")
    CALLED_BACK = "called_back", _("called back by the pharmacy")
    NOT_AVAILABLE = "not_available", _("not available today")


@audited(privileges="SELECT, INSERT")
class ProductProblem(models.Model):
    """Something is wrong with a bag: what follows is in dosing.rules.problems."""

    order = models.ForeignKey(InfusionOrder, models.PROTECT, related_name="problems")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    kind = models.CharField(_("what is wrong"), max_length=16, choices=Problem.choices)
    noticed_at = models.DateTimeField(_("noticed at"))
    reported_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
