"""Kits as people outside the pharmacy know them: that one is wanted, and what happened to it at the bedside."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from randomization.models.randomization import Kit
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember

# Kinds of notices. Neither says what is short or what was withdrawn.
SUPPLY_LOW, PHARMACY_CALLS = "supply", "pharmacy_call"


class RecallCause(models.TextChoices):
    STERILITY = "sterility", _("final sterility result positive")
    DONOR = "donor", _("recall of the donor")
    LOT = "lot", _("recall of the lot")
    STORAGE = "storage", _("storage out of range")


class Step(models.TextChoices):
    """A line of the ledger of kits."""

    RECEIVED = "received", _("received")
    QUARANTINED = "quarantined", _("quarantined")
    RELEASED = "released", _("released")
    ASSIGNED = "assigned", _("assigned to a participant")
    ORDERED = "ordered", _("ordered")
    PREPARING = "preparing", _("preparation begun")
    PREPARED = "prepared", _("prepared")
    FAILED = "failed", _("failed in the pharmacy")
    HANDED_OVER = "handed_over", _("handed over")
    STARTED = "started", _("infusion started")
    GIVEN = "given", _("given in full")
    PART_GIVEN = "part_given", _("given in part")
    NOT_GIVEN = "not_given", _("prepared but not given")
    RETURNED = "returned", _("returned")
    WITHDRAWN = "withdrawn", _("withdrawn from use")
    DESTROYED = "destroyed", _("destroyed")
    LOST = "lost", _("lost")


class KitPlace(models.TextChoices):
    """Where a kit is after a step of the ledger."""

    QUARANTINE = "quarantine", _("in quarantine")
    SHELF = "shelf", _("on the shelf")
    ASSIGNED = "assigned", _("kept for a participant")
    BENCH = "bench", _("being prepared")
    READY = "ready", _("ready in the pharmacy")
    WARD = "ward", _("on the ward")
    WASTE = "waste", _("waiting for destruction")
    DESTROYED = "destroyed", _("destroyed")
    LOST = "lost", _("lost")


class SecondKitCause(models.TextChoices):
    """Why another kit is needed; possible in both arms alike."""

    BAG = "bag", _("bag or line damaged or unusable")
    ATTEMPT = "attempt", _("new attempt inside the infusion window")


@audited(privileges="SELECT, INSERT")
class KitRequest(models.Model):
    """The committed wish for a second kit in the place of one that was not given; also the idempotency key.

    `tx` and `at` are overwritten by a trigger. The room answers only once its own choice is committed (ADR 7).
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    replaces = models.OneToOneField(Kit, models.PROTECT, related_name="replacement_request")
    cause = models.CharField(_("reason"), max_length=12, choices=SecondKitCause.choices)
    requested_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    tx = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)
