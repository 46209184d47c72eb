"""Electronic signatures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password
from trial_site.monitoring.models import RecordRef, Signature, content_sha256

SIGNING_TASK = {
    Signature.Meaning.ELIGIBLE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.SCREEN_FAILURE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.ORDER: Task.ORDER_INFUSION,
    Signature.Meaning.UNBLINDING: Task.CLOSE_DEVIATION,
}


@action
def sign(
    ref: RecordRef, *, meaning: str, content: Mapping[str, Any], password: str, by: Actor, at: datetime
) -> Signature:
    """Sign a record with the password of who signs (21 CFR 11.200); the hash binds what was signed.

    Raises Refused beside `password` when it is wrong; nothing is written then.
    """
    require(by, SIGNING_TASK[Signature.Meaning(meaning)], ref.site_id)
    signer = StaffMember.objects.get(pk=by.person_id)
    wrong = _("This is not your password. Nothing was signed.")
    require_password(signer, password, field="password", wrong=wrong)
    return Signature.objects.create(
        form=ref.form,
        record_id=ref.record_id,
        subject=ref.subject,
        site_id=ref.site_id,
        field=ref.field,
        meaning=meaning,
        signer=signer,
        signer_name=by.name,
        signed_at=at,
        content_sha256=content_sha256(content),
    )
