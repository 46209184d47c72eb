"""What a monitor has compared with its source, what fell since, and what the plan still asks for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import Model

from trial_site.audit.models import Event
from trial_site.core.datasets import HAS_SOURCE, Dataset, Origin
from trial_site.core.protocol import SourceVerification
from trial_site.monitoring.models import RecordRef, Verification
from trial_site.monitoring.registry import registered
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.values import field_of

Key = tuple[str, int, str]


@dataclass(frozen=True)
class Mark:
    """A value that was verified; `fell` is the event of history that changed it since, if one did."""

    verification: Verification
    fell: Event | None = None


@dataclass(frozen=True)
class Progress:
    """How many values the plan asks for, how many of them are verified, and how many marks fell."""

    required: int
    verified: int
    fallen: int

    @property
    def percent(self) -> int:
        return 100 * self.verified // self.required if self.required else 100


def marks_of(subject_number: str) -> dict[Key, Mark]:
    """The latest mark of every value of a participant that is verified or was until it changed."""
    latest = {(v.form, v.record_id, v.field): v for v in Verification.objects.filter(subject=subject_number)}
    kept = {key: one for key, one in latest.items() if one.verified}
    changed = _changes_since(kept.values())
    return {
        key: Mark(one, _touching(one, changed[_table(one.form), one.record_id])) for key, one in kept.items()
    }


def _changes_since(marks: Iterable[Verification]) -> Mapping[tuple[str, int], list[Event]]:
    found: dict[tuple[str, int], list[Event]] = defaultdict(list)
    records = {(_table(one.form), one.record_id) for one in marks}
    events = Event.objects.filter(
        table__in={table for table, _ in records},
        record_id__in={record for _, record in records},
        id__gt=min((one.as_of for one in marks), default=0),
    )
    for event in events.order_by("id"):
        if event.record_id is not None:
            found[event.table, event.record_id].append(event)
    return found


def _touching(mark: Verification, events: Iterable[Event]) -> Event | None:
    column = str(field_of(registered(mark.form).model, mark.field).column)
    return next((e for e in events if e.id > mark.as_of and touches(e, column, mark.field)), None)


def touches(event: Event, column: str, field: str) -> bool:
    """Did this event change the value, or the reason why there is none?"""
    old, new = event.old or {}, event.new or {}
    if event.operation != Event.Operation.UPDATE or column in old:
        return True
    before, after = old.get("missing") or {}, new.get("missing") or {}
    return before.get(field) != after.get(field)


def _table(form: str) -> str:
    return registered(form).model._meta.db_table


def in_full(subject_number: str, plan: SourceVerification) -> bool:
    """Is this participant of the share that is verified in full? Drawn by the number, so nobody chooses."""
    return int(sha256(subject_number.encode()).hexdigest()[:8], 16) % 100 < plan.share_percent


def to_verify(form: Dataset, record: Model, plan: SourceVerification) -> list[RecordRef]:
    """The values of a record that have a source and that the plan asks to compare with it."""
    ref = ref_of(form.form, record)
    everything = in_full(ref.subject, plan)
    return [
        ref_of(form.form, record, field)
        for field in form.fields
        if (everything or f"{form.form}.{field}" in plan.critical) and has_source(form, record, field)
    ]


def has_source(form: Dataset, record: Any, field: str) -> bool:
    """A value, or the reason for its absence, that stands somewhere else too; what was entered directly does not."""
    given = getattr(record, field) not in (None, "", {}, []) or field in getattr(record, "missing", {})
    entered_directly = getattr(record, "sources", {}).get(field) == Origin.DIRECT
    return given and form.origin_of(field) in HAS_SOURCE and not entered_directly
