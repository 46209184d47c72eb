"""Which version of the protocol holds at a study site, and from when."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StudySite


@audited(privileges="SELECT, INSERT")
class ProtocolApproval(models.Model):
    """The ethics committee approved a version of the protocol for one site; who is first seen from that day on is
    screened under it, and everyone else keeps theirs."""

    site = models.ForeignKey(StudySite, models.PROTECT)
    version = models.CharField(_("protocol version"), max_length=16)
    approved_on = models.DateField(_("approved on"))
    effective_on = models.DateField(_("in effect from"))

    class Meta:
        ordering = ["effective_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "version"], name="protocol_approved_once"),
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("approved_on")), name="protocol_effective_after_approval"
            ),
        ]

    def __str__(self) -> str:
        return self.version
