"""Who looked into the sealed room, for whom and why; never what it showed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite
from trial_site.monitoring.models import Freeze


class Purpose(models.TextChoices):
    PREPARE = "prepare", _("Prepare the product")
    CODE_BREAK = "code_break", _("Break the code")
    SUPPLY = "supply", _("Account for kits")


@audited(privileges="SELECT, INSERT")
class AccessRecord(models.Model):
    """Someone is about to look into the sealed room: who, for which participant, why. Who accounts for kits names a
    study site instead, and a shipment unless all of them are meant.

    Committed before anything is disclosed. `tx` and `at` are overwritten by a trigger, which also refuses a
    person without a delegation for the purpose.
    """

    person = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey(StudySite, models.PROTECT, null=True, related_name="+")
    shipment = models.CharField(_("shipment"), max_length=12, blank=True, db_default="")
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    why = models.TextField(_("reason"), max_length=500)
    tx = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__isnull=False, site=None, shipment="") & ~Q(purpose="supply")
                | Q(subject=None, site__isnull=False, purpose="supply"),
                name="access_names_participant_or_site",
            )
        ]


@audited(privileges="SELECT, INSERT")
class StudyUnblinding(models.Model):
    """Two people unblinded the study, once the database was locked; it holds while that lock lasts.

    Stamped by a trigger, which also refuses it without the lock or if one of the two is not delegated.
    """

    person = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    second_person = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    lock = models.ForeignKey(Freeze, models.PROTECT, related_name="+")
    tx = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lock"], name="unblinded_once_per_lock"),
            models.CheckConstraint(condition=~Q(second_person=F("person")), name="unblinded_by_two"),
        ]


@audited(privileges="SELECT, INSERT")
class StudyAccess(models.Model):
    """Someone is about to look at the whole study: by group, for the closed report; or, after the final `unblinding`,
    at every arm. Kept and stamped as above."""

    person = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    unblinding = models.ForeignKey(StudyUnblinding, models.PROTECT, null=True, related_name="+")
    why = models.TextField(_("reason"), max_length=500)
    tx = models.BigIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)


@audited(privileges="SELECT, INSERT")
class TreatmentTold(models.Model):
    """A participant asked which treatment they had and was told, after the final `unblinding`; not what it was."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("participant"))
    told_on = models.DateField(_("told on"))
    told_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("told by"))
    unblinding = models.ForeignKey(StudyUnblinding, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        ordering = ["-id"]
