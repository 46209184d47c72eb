"""Which texts may be reported as possibly unblinding: those that a person can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404

from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, can
from trial_site.monitoring.models import HIDDEN, HiddenText, RecordRef
from trial_site.monitoring.registry import FORMS, label_of, registered
from trial_site.monitoring.selectors import record_for
from trial_site.monitoring.texts import TEXTS
from trial_site.monitoring.values import field_of

REASON = "reason"
HISTORY = Event._meta.db_table


@dataclass(frozen=True)
class TextPlace:
    """Where a free text stands, and what it is about; None where only a reader can say of whom it speaks."""

    model: type[Model]
    record_id: int
    column: str
    ref: RecordRef | None
    title: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def is_hidden(self) -> bool:
        """Does HIDDEN stand there? The history is never written over: it is read as if it did."""
        if self.model is Event:
            return HiddenText.objects.filter(table=HISTORY, record_id=self.record_id).exists()
        return self.model._default_manager.filter(**{"pk": self.record_id, self.column: HIDDEN}).exists()


def may_report(actor: Actor, site_id: int | None = None) -> bool:
    """Whoever reads the forms for their work there, the blinded assessor first of all."""
    return can(actor, Task.ASSESS_OUTCOMES, site_id) or can(actor, Task.RAISE_DEVIATION, site_id)


def text_for(actor: Actor, kind: str, record_id: int, column: str) -> TextPlace:
    """A free text that this person may read, else Http404.

    `kind` is the code of a form, or the table of a text outside forms. The reason for a change is named by the table,
    the record, and which event of that record it is, as “reason-2”: the numbers of the history's rows tell how many
    there are that nobody reads.
    """
    if column.startswith(f"{REASON}-"):
        return _reason(actor, kind, record_id, column.removeprefix(f"{REASON}-"))
    if kind in FORMS:
        record, ref = record_for(actor, kind, record_id, column)
        title = f"{label_of(kind)}: {label_of(kind, column)}"
        return _place(record, column, registered(kind).free_texts, ref, title)
    if kind not in TEXTS or kind == HISTORY:
        raise Http404
    text = TEXTS[kind]
    row = get_object_or_404(text.read_by(actor), pk=record_id)
    if column not in text.columns:
        raise Http404
    title = f"{text.title}: {field_of(text.model, column).verbose_name}"
    return _place(row, column, text.columns, text.about(row), title)


def _place(record: Any, column: str, texts: Iterable[str], ref: RecordRef | None, title: str) -> TextPlace:
    if column not in texts or not getattr(record, column):
        raise Http404
    return TextPlace(type(record), record.pk, column, ref, title)


def _reason(actor: Actor, table: str, record_id: int, nth: str) -> TextPlace:
    text = TEXTS[HISTORY]
    number = int(nth) if nth.isdecimal() and len(nth) < 6 else 0
    of_the_record = Event.objects.filter(table=table, record_id=record_id).order_by("pk")
    found = list(of_the_record[number - 1 : number]) if number else []
    if not found or not found[0].reason or not text.read_by(actor).filter(pk=found[0].pk).exists():
        raise Http404
    return TextPlace(Event, found[0].pk, REASON, text.about(found[0]), str(text.title))
