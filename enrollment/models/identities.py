"""The identification log: who the participants of a study site are. It leaves the site in no export."""

from typing import Any

from django.db import models

from enrollment.models.subjects import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember


@audited(privileges="SELECT, INSERT", ignored=["sealed", "marks"])
class IdentityEntry(models.Model):
    """Never edited, replaced by a new one. sealed, marks: enrollment.rules.identities; history keeps neither."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="identity_entries")
    sealed = models.TextField()
    marks: Any = models.JSONField(default=list)
    entered_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


@audited(privileges="SELECT, INSERT")
class IdentityView(models.Model):
    """Somebody looked at who a participant is."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="identity_views")
    viewed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    viewed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
