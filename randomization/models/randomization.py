"""What everyone may know of randomization: numbers, times, people. No column here holds or follows an arm."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


@audited(privileges="SELECT")
class AllocationCommitment(models.Model):
    """SHA-256 of salt and canonical allocation list, published when the list is loaded, before anyone is
    randomized; with salt and list at the end anyone can verify that the list was never changed."""

    sha256 = models.CharField(max_length=64, unique=True)
    places = models.PositiveIntegerField()
    generator = models.CharField(max_length=40)
    loaded_at = models.DateTimeField()


@audited(privileges="SELECT, INSERT")
class RandomizationRequest(models.Model):
    """The committed wish to randomize one participant; also the idempotency key.

    `tx`, `at` and `place` are overwritten by a trigger: the place in the list belongs to the request from its
    commit on, so that trying and rolling back an allocation teaches nothing (ADR 2).
    strata: value by factor, as they were then; what is corrected later does not move anybody to another stratum.
    """

    subject = models.OneToOneField(Subject, models.PROTECT)
    requested_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    randomized_at = models.DateTimeField()
    strata = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    place = models.PositiveIntegerField(unique=True, default=0)
    tx = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)


@audited(privileges="SELECT, INSERT")
class Randomization(models.Model):
    """A participant is randomized: number, when, by whom. Never changed, never removed."""

    subject = models.OneToOneField(Subject, models.PROTECT)
    number = models.CharField(_("randomization number"), max_length=12, unique=True)
    randomized_at = models.DateTimeField(_("randomized at"))
    randomized_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.number


@audited(privileges="SELECT, INSERT")
class Kit(models.Model):
    """What is assigned to a participant, by the number on the bag. Kits and their numbers the sealed room knows."""

    number = models.CharField(_("number on the bag"), max_length=12, unique=True)
    randomization = models.ForeignKey(Randomization, models.PROTECT, related_name="kits")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="kits")
    assigned_at = models.DateTimeField(_("assigned at"))

    def __str__(self) -> str:
        return self.number


@audited(privileges="SELECT, INSERT")
class RandomizedInError(models.Model):
    """Somebody was randomized who should not have been. The place stays used, the participant in the analysis."""

    subject = models.OneToOneField(Subject, models.PROTECT, related_name="randomized_in_error")
    why = models.TextField(_("why it was an error"), max_length=500)
    recorded_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
