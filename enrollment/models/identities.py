"""The identification log: who the participants of a study site are. It leaves the site in no export."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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


@audited(privileges="SELECT, INSERT", ignored=["sealed"])
class EmailContact(models.Model):
    """Whether a participant agrees to be reminded of visits by e-mail, and where; the latest answer counts.

    sealed: the address (enrollment.rules.identities); history does not keep it.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="email_contacts")
    agreed = models.BooleanField(_("agrees to reminders by e-mail"))
    language = models.CharField(_("language of the e-mails"), max_length=10, choices=settings.LANGUAGES)
    sealed = models.TextField(blank=True)
    entered_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed=True) & ~Q(sealed="") | Q(agreed=False, sealed=""),
                name="email_contact_address_if_agreed",
            )
        ]
