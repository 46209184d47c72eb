"""Source data verification: a monitor compares values with their source."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from trial_site.audit.action import action
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, require
from trial_site.monitoring.models import RecordRef, Verification
from trial_site.monitoring.registry import label_of, registered


@action
def verify(refs: Iterable[RecordRef], *, by: Actor, at: datetime) -> int:
    """Each value agrees with its source. Returns how many were marked. Raises LookupError for an unknown field."""
    return _mark(refs, True, by, at)


@action
def take_back(refs: Iterable[RecordRef], *, by: Actor, at: datetime) -> int:
    """The values have to be compared again."""
    return _mark(refs, False, by, at)


def _mark(refs: Iterable[RecordRef], verified: bool, by: Actor, at: datetime) -> int:
    marks = [_row(ref, verified, by, at) for ref in refs]
    Verification.objects.bulk_create(marks)
    return len(marks)


def _row(ref: RecordRef, verified: bool, by: Actor, at: datetime) -> Verification:
    require(by, Task.VERIFY_SOURCE, ref.site_id)
    label_of(ref.form, ref.field)
    return Verification(
        form=ref.form,
        record_id=ref.record_id,
        subject=ref.subject,
        site_id=ref.site_id,
        field=ref.field,
        verified=verified,
        as_of=_last_event(replace(ref, field="")),
        verified_at=at,
        verified_by_id=by.person_id,
    )


def _last_event(ref: RecordRef) -> int:
    """The record's row is held, so that a change under way is seen or comes later."""
    model = registered(ref.form).model
    model._default_manager.select_for_update(no_key=True).get(pk=ref.record_id)
    events = Event.objects.filter(table=model._meta.db_table, record_id=ref.record_id)
    return events.order_by("-id").values_list("id", flat=True)[0]
