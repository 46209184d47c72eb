"""What nobody changes any more: records, visits and participants are frozen, study sites and the database locked."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


class Scope(models.TextChoices):
    RECORD = "record", _("record")
    VISIT = "visit", _("visit")
    PARTICIPANT = "participant", _("participant")
    SITE = "site", _("study site")
    DATABASE = "database", _("database")


LOCKS = (Scope.SITE, Scope.DATABASE)


@audited()
class Freeze(models.Model):
    """One freeze or lock, in force until it is lifted; a trigger refuses every change of what it covers.

    A record is named by `form` and `record_id`, a visit by the record of its form VI, a participant by `subject`.
    The lock of the database is lifted by two people.
    """

    scope = models.CharField(_("covers"), max_length=12, choices=Scope.choices)
    form = models.CharField(_("form"), max_length=8, blank=True)
    record_id = models.BigIntegerField(_("record"), null=True)
    subject = models.CharField(_("participant"), max_length=20, blank=True, db_index=True)
    site = models.ForeignKey(StudySite, models.PROTECT, null=True, verbose_name=_("study site"))
    placed_at = models.DateTimeField(_("since"))
    placed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("by"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True)
    lifted_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_with = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("second person")
    )
    lift_reason = models.TextField(_("why lifted"), max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "form", "record_id", "subject", "site"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="freeze_once",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="freeze_lifted_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(scope="database")
                | Q(lifted_at=None)
                | Q(lifted_with__isnull=False) & ~Q(lifted_with=F("lifted_by")),
                name="database_unlocked_by_two",
            ),
        ]
