"""Electronic signatures, bound to a hash of what was signed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember
from trial_site.monitoring.models.freezing import Scope
from trial_site.monitoring.models.references import Reference


class CanonicalEncoder(DjangoJSONEncoder):
    """Writes a value the same way before it is saved and after: 36.50 is 36.5, and an instant is in UTC."""

    def default(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value.normalize(), "f")
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return super().default(value)


def content_sha256(content: Mapping[str, Any]) -> str:
    """SHA-256 of signed content as canonical JSON: sorted keys, no spaces, times and decimals as text."""
    text = json.dumps(
        content, cls=CanonicalEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return sha256(text.encode()).hexdigest()


@audited(privileges="SELECT, INSERT")
class Signature(Reference):
    """An electronic signature (21 CFR 11.50, 11.70): printed name, time, meaning, hash of what was signed.

    `scope` says whether the record named, its visit or its participant was signed; `as_of` is the last event of
    history that was.
    """

    class Meaning(models.TextChoices):
        ELIGIBLE = "eligible", _("I confirm that this participant is eligible")
        SCREEN_FAILURE = "screen_failure", _("I confirm the screen failure")
        ORDER = "order", _("I have re-checked the participant and order the infusion")
        REVIEWED = "reviewed", _("I have reviewed these data; to my knowledge they are complete and accurate")
        PAST_INFUSION = "past_infusion", _("I confirm what was done and the departures from the protocol")
        UNBLINDING = "unblinding", _("I have assessed the impact of this code break")

    scope = models.CharField(_("covers"), max_length=12, choices=Scope.choices, default=Scope.RECORD)
    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning.choices)
    signer = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("signer"))
    signer_name = models.CharField(_("signed by"), max_length=120)
    signed_at = models.DateTimeField(_("signed at"))
    content_sha256 = models.CharField(_("SHA-256 of what was signed"), max_length=64)
    as_of = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["form", "record_id"], name="signature_of_record")]

    def covers(self, content: Mapping[str, Any]) -> bool:
        """Is this what was signed? A signature does not outlive a change of its content (21 CFR 11.70)."""
        return self.content_sha256 == content_sha256(content)
