"""The history of a participant's forms as the audit trail has it, with every value written as in a snapshot."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Field, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext as _

from enrollment.models import Subject
from trial_site.audit.models import Event
from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.exports.blinded import Selection
from trial_site.exports.dictionary import NAMED_BY
from trial_site.exports.sql import key_columns, records
from trial_site.monitoring.masking import masked
from trial_site.monitoring.models import Query, QueryMessage, Signature


class EachText(Func):
    """The columns of a history row, each value as PostgreSQL writes it."""

    template = "(SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(%(expressions)s))"
    output_field = JSONField()


@dataclass(frozen=True)
class Place:
    """Where a record stands in the casebook."""

    dataset: Dataset
    visit: str | None
    visit_repeat: str | None
    repeat: str | None


Places = dict[tuple[str, int], Place]
# What became of an item: its value, or the reason why there is none.
State = tuple[str | None, str | None]
# By field: before and after.
Changes = dict[str, tuple[State, State]]


@dataclass(frozen=True)
class Happening:
    """One row of the history, and what became of the items of its record."""

    event: Event
    place: Place
    items: Changes


def scope(selection: Selection, subjects: QuerySet[Subject]) -> Q:
    """The history of these participants' forms, of the queries about them, and of their signatures."""
    forms = [dataset.form for dataset in selection.datasets]
    tables = [dataset.model._meta.db_table for dataset in selection.datasets]
    numbers = subjects.values("number")
    queries = Query.objects.filter(subject__in=numbers, form__in=forms)
    messages = QueryMessage.objects.filter(query__in=queries)
    signatures = Signature.objects.filter(subject__in=numbers, form__in=forms)
    return (
        Q(table__in=tables, subject_id__in=subjects.values("pk"))
        | Q(table=table_of(QueryMessage), record_id__in=messages.values("pk"))
        | Q(table=table_of(Signature), record_id__in=signatures.values("pk"))
    )


@cache
def table_of(model: type[models.Model]) -> str:
    return model._meta.db_table


def events_of(selection: Selection, subject: Subject) -> list[Event]:
    one = Subject.objects.filter(pk=subject.pk)
    found = Event.objects.filter(scope(selection, one)).order_by("at", "id")
    return masked(found.annotate(was=EachText("old"), now=EachText("new")).defer("old", "new"))


def places_of(selection: Selection, subject: Subject) -> Places:
    """Where each record of a participant stands, by form and internal key."""
    found = {}
    for dataset in selection.datasets:
        keys = key_columns(dataset)
        rows = records(dataset, selection).filter(**{dataset.subject: subject.number})
        named = [keys[name] for name in ("VISIT", "VISIT_REPEAT", "REPEAT")]
        for pk, *where in rows.values_list("pk", *named):
            found[dataset.form, pk] = Place(dataset, *where)
    return found


def place_of(places: Places, form: str, record_id: int | None) -> Place:
    place = places.get((form, record_id or 0))
    if place is None:
        removed = _("Record %(id)s of form %(form)s was removed from the database: its history has no place.")
        raise Refused(removed % {"id": record_id, "form": form})
    return place


class Teller:
    """Turns rows of the history into what happened to items; keeps the state of the records met so far."""

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self.by_table = {table_of(dataset.model): dataset for dataset in datasets}
        self.states: dict[tuple[str, int | None], dict[str, str | None]] = {}
        self.names: dict[tuple[type[models.Model], str], str] = {}

    def happening(self, event: Any, places: Places) -> Happening:
        dataset = self.by_table[event.table]
        place = place_of(places, dataset.form, event.record_id)
        return Happening(event, place, self.changes(event, dataset))

    def changes(self, event: Any, dataset: Dataset) -> Changes:
        before = self.states.get((event.table, event.record_id), {})
        after = before | (event.now or {})
        self.states[event.table, event.record_id] = after
        found = {}
        for column in dataset.columns:
            field = dataset.model_field(column)
            old, new = self.state(field, before), self.state(field, after)
            if old != new:
                found[column.field] = old, new
        return found

    def state(self, field: Field, row: dict[str, str | None]) -> State:
        value = self.written(field, row.get(str(field.column)))
        reasons = json.loads(row.get("missing") or "{}")
        return value, None if value is not None else reasons.get(field.name)

    def written(self, field: Field, text: str | None) -> str | None:
        """As sql.written has PostgreSQL write it."""
        match field:
            case _ if text is None or (text == "" and field.blank):
                return None
            case models.ForeignKey():
                return self.name(field.related_model, text)
            case models.DateTimeField():
                return in_utc(text)
            case models.BooleanField():
                return "Y" if text == "true" else "N"
        return text

    def name(self, model: type[models.Model], key: str) -> str:
        if (model, key) not in self.names:
            named = model._default_manager.values_list(NAMED_BY[model], flat=True)
            self.names[model, key] = str(named.get(pk=key))
        return self.names[model, key]


def in_utc(text: str) -> str:
    written = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None).isoformat()
    return (written.rstrip("0") if "." in written else written) + "Z"


def actors_of(selection: Selection, subjects: QuerySet[Subject]) -> QuerySet:
    """(person or None, name, database login) of whoever made this history; a login only where nobody is named."""
    events = Event.objects.filter(scope(selection, subjects))
    login = NullIf("actor", Value(""), output_field=TextField())
    return events.values_list("actor_id", login, "login").distinct().order_by("actor_id", "actor", "login")
