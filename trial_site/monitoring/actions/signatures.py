"""Electronic signatures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password
from trial_site.monitoring.models import RecordRef, Scope, Signature, content_sha256
from trial_site.monitoring.scopes import alone, content_of

SIGNING_TASK = {
    Signature.Meaning.ELIGIBLE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.SCREEN_FAILURE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.ORDER: Task.ORDER_INFUSION,
    Signature.Meaning.REVIEWED: Task.SIGN_CASEBOOK,
    Signature.Meaning.PAST_INFUSION: Task.ORDER_INFUSION,
    Signature.Meaning.UNBLINDING: Task.CLOSE_DEVIATION,
}


@action
def sign(
    ref: RecordRef,
    *,
    meaning: str,
    content: Mapping[str, Any],
    scope: str = Scope.RECORD,
    as_of: int | None = None,
    password: str,
    by: Actor,
    at: datetime,
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
        scope=scope,
        as_of=as_of,
        meaning=meaning,
        signer=signer,
        signer_name=by.name,
        signed_at=at,
        content_sha256=content_sha256(content),
    )


@action
def sign_reviewed(ref: RecordRef, *, scope: str, password: str, by: Actor, at: datetime) -> Signature:
    """The investigator has reviewed a record, a visit or a whole casebook; any later change voids the signature."""
    alone()
    latest = Event.objects.order_by("-id").values_list("id", flat=True)[0]
    meaning, content = Signature.Meaning.REVIEWED, content_of(scope, ref)
    return sign(
        ref, meaning=meaning, content=content, scope=scope, as_of=latest, password=password, by=by, at=at
    )
