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
