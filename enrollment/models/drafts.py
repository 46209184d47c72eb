"""What is typed into the screening form and not saved, and what was changed after a verdict had been shown."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models.screening import SCREENING_FACTS, choices_of
from enrollment.models.subjects import Subject
from enrollment.rules.facts import LABELS
from trial_site.audit.tracking import audited, untracked
from trial_site.core.drafts import Draft
from trial_site.core.models import StaffMember


@untracked(
    privileges="SELECT, INSERT, UPDATE, DELETE",
    because="Typed, not saved: gone at save and in no export. What its verdicts showed is kept as changes.",
)
class ScreeningDraft(Draft):
    """The one draft of a screening form. shown: enrollment.rules.memory, by fact."""

    subject = models.OneToOneField(Subject, models.PROTECT, related_name="draft")
    shown: Any = models.JSONField(default=dict)


@audited(reason=True)
class ChangeAfterVerdict(models.Model):
    """A value was replaced after a verdict that used it had been shown as not met or as undetermined.

    Kept whether or not the form is ever saved. not_met, undetermined: codes of the criteria as shown with `old`.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="changes_after_verdict")
    fact = models.CharField(
        _("value"), max_length=40, choices=[(name, _(LABELS[name])) for name in SCREENING_FACTS]
    )
    old = models.CharField(_("when the verdict was shown"), max_length=300)
    new = models.CharField(_("afterwards"), max_length=300, blank=True)
    not_met = models.CharField(_("shown as not met"), max_length=300, blank=True)
    undetermined = models.CharField(_("shown as undetermined"), max_length=300, blank=True)
    changed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("by"))
    changed_at = models.DateTimeField(_("changed at"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        ordering = ["id"]

    @property
    def old_text(self) -> str:
        return self._as_read(self.old)

    @property
    def new_text(self) -> str:
        return self._as_read(self.new)

    def _as_read(self, value: str) -> str:
        """A coded answer by its label."""
        return str(dict(choices_of(self.fact)).get(value, value))
