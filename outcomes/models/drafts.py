"""What is typed into a form and not saved."""

from django.db import models

from enrollment.models import Subject
from trial_site.audit.tracking import untracked
from trial_site.core.drafts import Draft


@untracked(
    privileges="SELECT, INSERT, UPDATE, DELETE",
    because="Typed, not saved: gone at save and in no export.",
)
class FormDraft(Draft):
    """The one draft of a form at a place: the key of a visit, or outside visits what outcomes.actions.drafts says."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    form = models.CharField(max_length=8)
    place = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "form", "place"], name="form_draft_once"),
        ]
