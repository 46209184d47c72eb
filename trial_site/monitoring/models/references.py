"""What names a record of a case report form: never a foreign key upward."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.core.models import StudySite


@dataclass(frozen=True)
class RecordRef:
    """Names one record of one form of one participant, and optionally one of its fields."""

    form: str
    record_id: int
    subject: str
    site_id: int
    field: str = ""


class Reference(models.Model):
    """The columns of a RecordRef."""

    form = models.CharField(_("form"), max_length=8)
    record_id = models.BigIntegerField(_("record"))
    subject = models.CharField(_("participant"), max_length=20, db_index=True)
    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    field = models.CharField(_("field"), max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def ref(self) -> RecordRef:
        return RecordRef(self.form, self.record_id, self.subject, self.site_id, self.field)
