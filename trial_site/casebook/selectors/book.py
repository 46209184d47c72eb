"""A participant's case report forms as one book: values, reasons for missing ones, signatures, queries, history.

Reads the same declarations as every export, so that screen and export cannot disagree.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext

import dosing.datasets
import enrollment.datasets
import outcomes.datasets
import randomization.datasets
from dosing.actions import afterwards, orders
from enrollment.actions import eligibility
from enrollment.models import Subject
from enrollment.rules.answers import Source
from enrollment.selectors import protocol_of
from randomization.unblinding import impact
from trial_site.audit.models import Event
from trial_site.casebook.selectors.editing import edit_url
from trial_site.core.actors import Actor
from trial_site.core.datasets import Column, Dataset
from trial_site.monitoring.history import Change
from trial_site.monitoring.models import HIDDEN, Query, Signature
from trial_site.monitoring.scopes import stands
from trial_site.monitoring.selectors import UNRESOLVED, histories, queries_for, readable_forms, value_of
from trial_site.monitoring.verification import Key, Mark, marks_of

DATASETS: tuple[Dataset, ...] = (
    *enrollment.datasets.DATASETS,
    *randomization.datasets.DATASETS,
    *dosing.datasets.DATASETS,
    *outcomes.datasets.DATASETS,
)
SIGNED_CONTENT: dict[str, Callable[[Any], Mapping[str, Any]]] = {
    "EL": eligibility.signed_content,
    "OR": orders.signed_content,
    "CB": impact.signed_content,
    "IN": afterwards.signed_content,
}
SOURCES = {source.value: source.label for source in Source}
# Told beside the values they belong to.
BESIDE = ("sources",)


@dataclass(frozen=True)
class Item:
    """One field of a record. `missing` is the code of the reason why there is no value; `verified` is empty,
    "verified", or "changed" once the value changed after it was compared with its source; `is_text`: there
    stands a text that somebody wrote."""

    field: str
    label: str | Promise
    value: Any
    unit: str
    missing: str
    source: str
    queries: tuple[Query, ...]
    verified: str
    is_text: bool


@dataclass(frozen=True)
class Signed:
    """A signature, and whether the record still says what was signed."""

    signature: Signature
    stands: bool


@dataclass(frozen=True)
class Entry:
    """One record of a form; `name` tells it apart inside its chapter, e.g. by visit."""

    form: str
    record_id: int
    name: str
    items: list[Item]
    signatures: list[Signed]
    history: list[Change]
    edit_url: str

    @property
    def anchor(self) -> str:
        return f"{self.form}-{self.record_id}"


@dataclass(frozen=True)
class Chapter:
    """A form with every record of it."""

    form: str
    title: Any
    entries: list[Entry]

    @property
    def unsettled(self) -> int:
        """How many queries about its values are to be settled."""
        items = [item for entry in self.entries for item in entry.items]
        return sum(query.state in UNRESOLVED for item in items for query in item.queries)

    @property
    def void(self) -> bool:
        """Does any record no longer say what was signed?"""
        return any(not signed.stands for entry in self.entries for signed in entry.signatures)


@dataclass(frozen=True)
class Book:
    """Who reads about whom, and what stands beside the values; keys begin with the form or its table."""

    actor: Actor
    subject: Subject
    queries: Mapping[tuple[str, int, str], tuple[Query, ...]]
    signatures: Mapping[tuple[str, int], list[Signature]]
    histories: Mapping[tuple[str, int | None], list[Change]]
    marks: Mapping[Key, Mark]


def casebook_of(actor: Actor, subject: Subject) -> list[Chapter]:
    """Every form of this participant that this person may read, in the order of the study."""
    forms, book = readable_forms(actor, subject.site_id), open_book(actor, subject)
    return [
        Chapter(dataset.form, dataset.title, entries_of(dataset, book))
        for dataset in DATASETS
        if dataset.form in forms
    ]


def open_book(actor: Actor, subject: Subject) -> Book:
    queries: dict[tuple[str, int, str], tuple[Query, ...]] = defaultdict(tuple)
    for query in queries_for(actor).filter(subject=subject.number).order_by("opened_at"):
        queries[query.form, query.record_id, query.field] += (query,)
    signatures: dict[tuple[str, int], list[Signature]] = defaultdict(list)
    for signature in Signature.objects.filter(subject=subject.number).select_related("site").order_by("id"):
        signatures[signature.form, signature.record_id].append(signature)
    told = histories(Event.objects.filter(subject_id=subject.pk))
    return Book(actor, subject, queries, signatures, told, marks_of(subject.number))


def entries_of(dataset: Dataset, book: Book) -> list[Entry]:
    records = dataset.model._default_manager.filter(**{dataset.subject: book.subject.number})
    visits = list(protocol_of(book.subject).visit_by_code)

    def place(record: Model) -> tuple[int, int]:
        code = value_at(record, dataset.visit)
        return (visits.index(code) if code in visits else len(visits), record.pk)

    loaded = sorted(records.select_related(*related_paths(dataset)), key=place)
    return [entry_of(dataset, record, book) for record in loaded]


def related_paths(dataset: Dataset) -> list[str]:
    """The relations to load with each record, so that a book costs one query per form."""
    columns = [column.field for column in dataset.columns if dataset.model_field(column).is_relation]
    paths = [path.rpartition("__")[0] for path in (dataset.subject, dataset.visit, dataset.repeat)]
    return [*columns, *filter(None, paths)]


def value_at(record: Model, path: str) -> Any:
    """The value at an ORM path such as `visit__code`, as people read it; None for no path."""
    *relations, field = path.split("__")
    return value_of(reduce(getattr, relations, record), field) if path else None


def entry_of(dataset: Dataset, record: Model, book: Book) -> Entry:
    columns = [column for column in dataset.columns if column.field not in BESIDE]
    return Entry(
        form=dataset.form,
        record_id=record.pk,
        name=name_of(dataset, record, book.subject),
        items=[item_of(dataset, column, record, book) for column in columns],
        signatures=[
            Signed(signature, is_in_force(signature, record))
            for signature in book.signatures[dataset.form, record.pk]
        ],
        history=book.histories[dataset.model._meta.db_table, record.pk],
        edit_url=edit_url(book.actor, dataset.form, record, book.subject),
    )


def is_in_force(signature: Signature, record: Model) -> bool:
    """Does the record still say what was signed?"""
    if signature.meaning == Signature.Meaning.REVIEWED:
        return stands(signature)
    return signature.covers(SIGNED_CONTENT[signature.form](record))


def name_of(dataset: Dataset, record: Model, subject: Subject) -> str:
    """The visit, then whatever else tells repeats apart; internal keys tell nobody anything."""
    code = value_at(record, dataset.visit)
    visit = protocol_of(subject).visit_by_code.get(code)
    repeat = None if dataset.repeat == "id" else value_at(record, dataset.repeat)
    again = value_at(record, dataset.visit_repeat)
    again = again if again and again > 1 else None
    named = [visit.name.text(get_language()) if visit else code, again, repeat]
    return " · ".join(str(part) for part in named if part)


def item_of(dataset: Dataset, column: Column, record: Model, book: Book) -> Item:
    source = getattr(record, "sources", {}).get(column.field)
    return Item(
        field=column.field,
        label=dataset.model_field(column).verbose_name,
        value=value_of(record, column.field),
        unit=column.written_unit,
        missing=getattr(record, "missing", {}).get(column.field, ""),
        source=gettext(SOURCES[source]) if source else "",
        queries=book.queries[dataset.form, record.pk, column.field],
        verified=verified(book.marks.get((dataset.form, record.pk, column.field))),
        is_text=column.field in dataset.free_texts and getattr(record, column.field) not in ("", HIDDEN),
    )


def verified(mark: Mark | None) -> str:
    if mark is None:
        return ""
    return "changed" if mark.fell else "verified"
