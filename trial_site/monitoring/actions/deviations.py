"""Deviations: reported once, closed with what was done about it."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions.numbers import free_number
from trial_site.monitoring.models import Deviation, DeviationState, RecordRef


@action
def raise_deviation(
    ref: RecordRef,
    *,
    kind: str,
    grade: str,
    text: str,
    occurred_on: date,
    cause: str = "",
    by: Actor,
    at: datetime,
) -> Deviation:
    """Report a departure from the protocol. With a `cause` it is the system's: raised once, whoever acts.

    `text` is safe for every blinded reader of the record.
    """
    if not cause:
        require(by, Task.RAISE_DEVIATION, ref.site_id)
    if not text.strip():
        raise Refused(fields={"text": _("Write a sentence.")})
    given = {"kind": kind, "grade": grade, "text": text.strip(), "occurred_on": occurred_on}
    named = {"form": ref.form, "record_id": ref.record_id, "subject": ref.subject, "site_id": ref.site_id}
    raised = {"number": free_number(Deviation, "D"), "raised_at": at, "raised_by_id": by.id}
    row = {**given, **named, "field": ref.field, **raised}
    if cause:
        return Deviation.objects.get_or_create(cause=cause, defaults=row)[0]
    return Deviation.objects.create(**row)


@action
def close_deviation(deviation: Deviation, *, corrective_action: str, by: Actor, at: datetime) -> None:
    """The site says what was done about it."""
    require(by, Task.CLOSE_DEVIATION, deviation.site_id)
    if not corrective_action.strip():
        raise Refused(fields={"corrective_action": _("Write a sentence.")})
    deviation.refresh_from_db(from_queryset=Deviation.objects.select_for_update())
    if deviation.state == DeviationState.CLOSED:
        raise Refused(_("This deviation is closed already. Nothing was changed."))
    deviation.state, deviation.corrective_action = DeviationState.CLOSED, corrective_action.strip()
    deviation.closed_at, deviation.closed_by_id = at, by.id
    deviation.save(update_fields=["state", "corrective_action", "closed_at", "closed_by"])
