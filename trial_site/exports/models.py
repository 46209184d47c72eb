"""Exports that were made. The files themselves are handed out and not kept; their hash is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV with a data dictionary (one zip file)")
    ODM_SNAPSHOT = "odm-snapshot", _("CDISC ODM-XML 1.3.2, Snapshot")
    ODM_TRANSACTIONAL = "odm-transactional", _("CDISC ODM-XML 1.3.2, Transactional: the whole history")


@audited(privileges="SELECT, INSERT")
class Export(models.Model):
    """One export: who took which data when, and the hash that identifies the file they hold.

    sites and forms are lists of codes; participant is a screening number, empty for everybody at those sites;
    manifest says which columns were withheld and why, which versions were at work, and rows per form.
    """

    format = models.CharField(_("format"), max_length=20, choices=ExportFormat.choices)
    made_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    sites = models.JSONField(_("study sites"))
    forms = models.JSONField(_("forms"))
    participant = models.CharField(_("participant"), max_length=20, blank=True)
    file_name = models.CharField(_("file"), max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    manifest = models.JSONField()

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(format__in=ExportFormat.values), name="export_format_known"
            )
        ]

    def __str__(self) -> str:
        return self.file_name
