"""Which texts may be reported as possibly unblinding: those that a person can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404

from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, can
from trial_site.monitoring.models import QueryMessage, RecordRef
from trial_site.monitoring.registry import label_of, registered
from trial_site.monitoring.selectors import deviations_for, queries_for, record_for

MESSAGE, DEVIATION = "QM", "DV"


@dataclass(frozen=True)
class TextPlace:
    """Where a free text stands, and the record that it is about."""

    model: type[Model]
    record_id: int
    column: str
    ref: RecordRef
    title: str


def may_report(actor: Actor, site_id: int) -> bool:
    """Whoever reads the forms for their work there, the blinded assessor first of all."""
    return can(actor, Task.ASSESS_OUTCOMES, site_id) or can(actor, Task.RAISE_DEVIATION, site_id)


def text_for(actor: Actor, kind: str, record_id: int, column: str) -> TextPlace:
    """A free text that this person may read, of a form, a query (QM) or a deviation (DV), else Http404."""
    if kind == MESSAGE:
        message = get_object_or_404(QueryMessage, query__in=queries_for(actor), pk=record_id)
        return _place(message, column, ("text",), message.query.ref, message.query.number)
    if kind == DEVIATION:
        deviation = get_object_or_404(deviations_for(actor), pk=record_id)
        return _place(deviation, column, ("text", "corrective_action"), deviation.ref, deviation.number)
    record, ref = record_for(actor, kind, record_id, column)
    title = f"{label_of(kind)}: {label_of(kind, column)}"
    return _place(record, column, registered(kind).free_texts, ref, title)


def _place(record: Any, column: str, texts: Iterable[str], ref: RecordRef, title: str) -> TextPlace:
    if column not in texts or not getattr(record, column):
        raise Http404
    return TextPlace(type(record), record.pk, column, ref, title)
