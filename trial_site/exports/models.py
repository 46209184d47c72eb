"""Exports: who asked for which data when, how far the work is, and the hash that identifies the file."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from randomization.models import StudyAccess
from trial_site.audit.tracking import audited, state_machine
from trial_site.core.models import StaffMember, StudySite
from trial_site.exports.wishes import Wish


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV with a data dictionary (one zip file)")
    ODM_SNAPSHOT = "odm-snapshot", _("CDISC ODM-XML 1.3.2, Snapshot")
    ODM_TRANSACTIONAL = "odm-transactional", _("CDISC ODM-XML 1.3.2, Transactional: the whole history")
    PDF = "pdf", _("Casebook for archives (PDF)")
    DATASET_JSON = (
        "dataset-json",
        _("CDISC SDTM tabulations, Dataset-JSON 1.1 with Define-XML 2.1 (one zip file)"),
    )
    DERIVED = "derived", _("Derived endpoints (CSV)")
    CERTIFIED = "certified-copy", _("Certified copy of a study site's records (one zip file)")


# A certified copy is signed for, on a page of its own.
ON_REQUEST = tuple(one for one in ExportFormat if one is not ExportFormat.CERTIFIED)


class ExportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being written")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    GONE = "gone", _("not kept here")


EXPORT_TRANSITIONS = {
    "waiting": ("running", "cancelled"),
    "running": ("ready", "failed", "cancelled"),
    "ready": ("gone",),
    "failed": (),
    "cancelled": (),
    "gone": (),
}
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


def new_code() -> str:
    return secrets.token_hex(8)


@state_machine("state", EXPORT_TRANSITIONS)
@audited(ignored=["done", "total", "claimed_until"])
class Export(models.Model):
    """One export.

    asked: a Wish; sites and forms are the codes it came to; manifest says which columns were withheld and why,
    which versions were at work, and rows per form. done of total is how far the work is. Whoever writes the file
    holds it until claimed_until and says so again and again; `attempts` tells one worker from the next. `access` is
    the disclosure record of an unblinded export.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code)
    format = models.CharField(_("format"), max_length=20, choices=ExportFormat.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    made_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    asked = models.JSONField()
    sites = models.JSONField(_("study sites"))
    forms = models.JSONField(_("forms"))
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    failure = models.TextField(_("why it failed"), blank=True)
    file_name = models.CharField(_("file"), max_length=100, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    manifest = models.JSONField(default=dict)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    taken = models.PositiveIntegerField(_("times handed out"), default=0)
    access = models.ForeignKey(
        StudyAccess, models.PROTECT, null=True, related_name="+", verbose_name=_("unblinded by")
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(format__in=ExportFormat.values), name="export_format_known"),
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="export_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "gone"]) | ~Q(sha256="") & ~Q(file_name=""),
                name="export_finished_has_file",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or self.code

    @property
    def first_site(self) -> StudySite | None:
        return StudySite.objects.filter(code__in=self.sites).first()

    @property
    def wish(self) -> Wish:
        return Wish.read(self.asked)

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED
