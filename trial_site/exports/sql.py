"""Queries of exports. PostgreSQL writes every value as text, once for all formats; Python only passes it on."""

import json
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.db import connection, models, transaction
from django.db.models import (
    CharField,
    F,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Collate, NullIf

from trial_site.core import protocol as protocols
from trial_site.core.datasets import Column, Dataset
from trial_site.exports.as_of import before, looking_back
from trial_site.exports.blinded import Selection
from trial_site.exports.deidentified import shifted
from trial_site.exports.dictionary import (
    NAMED_BY,
    keeps_reasons,
    missing_reason,
    missing_reasons,
    variables,
)
from trial_site.exports.expressions import Instant, Label, TextArray, YesNo, neutral
from trial_site.exports.reviewed import is_signed, is_verified
from trial_site.exports.statements import Wanted, statement
from trial_site.exports.wishes import Only

BATCH = 2000


class Out(Protocol):
    """Where an export is written: a file, or something that hashes what passes."""

    def write(self, data: bytes, /) -> int: ...


@contextmanager
def snapshot(as_of: datetime | None = None) -> Iterator[None]:
    """One REPEATABLE READ READ ONLY transaction: every file of an export shows the same instant, now or `as_of`."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL datestyle TO 'ISO, YMD'"
            )
        with looking_back(as_of):
            yield


def is_text(field: models.Field) -> bool:
    return isinstance(field, CharField | TextField | models.ForeignKey)


def written(field: models.Field, *, shift_by: str = "") -> Combinable:
    """The value as PostgreSQL is to write it: UTC instants, Y and N, references by the name they go by.

    shift_by: in a de-identified export the path to the participant whose weeks move a date.
    """
    path: Combinable = F(field.name)
    if shift_by and isinstance(field, models.DateField):
        path = shifted(field, shift_by)
    match field:
        case models.ForeignKey():
            return F(f"{field.name}__{NAMED_BY[field.related_model]}")
        case models.DateTimeField():
            return Instant(path)
        case models.BooleanField():
            return YesNo(path)
        case CharField() | TextField() if field.blank:
            return NullIf(path, Value(""))
    return path


def value_of(dataset: Dataset, column: Column, selection: Selection) -> Combinable:
    return written(dataset.model_field(column), shift_by=dataset.subject if selection.deidentified else "")


def records(dataset: Dataset, selection: Selection) -> QuerySet:
    """The form's records at the selected sites, in an order that depends on nothing but the data."""
    rows = dataset.model._default_manager.filter(**{f"{site_path(dataset)}__in": selection.sites})
    if selection.participants:
        rows = rows.filter(**{f"{dataset.subject}__in": selection.participants})
    if selection.visits and dataset.visit:
        rows = rows.filter(**{f"{dataset.visit}__in": selection.visits})
    match selection.only:
        case Only.SIGNED:
            rows = rows.filter(is_signed(dataset))
        case Only.VERIFIED:
            rows = rows.filter(is_verified(dataset, protocols.latest().source_verification))
    return rows.order_by(Collate(F(dataset.subject), "C"), "pk")


def counts(dataset: Dataset, selection: Selection) -> int:
    return records(dataset, selection).count()


def site_path(dataset: Dataset) -> str:
    return dataset.subject.removesuffix("number") + "site"


def key_columns(dataset: Dataset) -> dict[str, Combinable]:
    """What identifies a record: site, subject, visit and repeat, NULL where the form has none."""
    none = Value(None, TextField())
    return {
        "SITEID": F(f"{site_path(dataset)}__code"),
        "SUBJECT": F(dataset.subject),
        "VISIT": F(dataset.visit) if dataset.visit else none,
        "VISIT_REPEAT": Cast(F(dataset.visit_repeat), TextField()) if dataset.visit_repeat else none,
        "REPEAT": Cast(F(dataset.repeat), TextField()) if dataset.repeat else none,
    }


def csv_rows(dataset: Dataset, selection: Selection, *, study: str, labels: Collection[str] = ()) -> QuerySet:
    """One row per record: the columns of dictionary.variables(), spreadsheet formulas made harmless.

    labels: the variables that hold what their codes mean, and not the codes.
    """
    codelists = {v.name: v.codelist for v in variables(dataset) if v.codelist and v.name in labels}
    keys = key_columns(dataset)
    keys |= {
        name: neutral(keys[name]) for name in ("SITEID", "SUBJECT", *(["REPEAT"] if dataset.repeat else []))
    }
    values = {}
    for column in dataset.columns:
        field = dataset.model_field(column)
        value = value_of(dataset, column, selection)
        values[column.field.upper()] = neutral(value) if is_text(field) else value
    reasons = {
        missing_reason(variable).name: KeyTextTransform(variable.field, "missing")
        for variable in missing_reasons(dataset)
    }
    written = values | reasons
    meant = {name: Label.of(codelist, written[name]) for name, codelist in codelists.items()}
    return records(dataset, selection).values(STUDYID=Value(study), **keys, **written | meant)


def copy_form(
    dataset: Dataset, selection: Selection, out: Out, *, study: str, labels: Collection[str] = ()
) -> int:
    """Have PostgreSQL write the form's CSV file straight into `out`. Returns how many records it holds.

    labels: the variables that hold what their codes mean, and not the codes.
    """
    compose = partial(csv_rows, dataset, selection, study=study, labels=labels)
    select = statement(Wanted.of(selection, compose, "csv", study, *labels, forms=(dataset.form,)))
    if selection.as_of:
        select = before(select, selection.as_of)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({select}) TO STDOUT WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')", out)
        return cursor.rowcount


@dataclass(frozen=True)
class ItemRow:
    """One record for ODM. values: text per declared column, in order; reasons: missing-data codes by field."""

    subject: str
    site: str
    form: str
    visit: str | None
    visit_repeat: str | None
    repeat: str | None
    values: list[str | None]
    reasons: dict[str, str]
    record: int


def item_rows(selection: Selection) -> Generator[ItemRow, None, None]:
    """Every record, participant by participant, forms in their order.

    One query through a server-side cursor inside the transaction: memory does not grow with the study.
    """
    forms = tuple(dataset.form for dataset in selection.datasets)
    select = statement(Wanted.of(selection, partial(item_queries, selection), "items", forms=forms))
    with connection.chunked_cursor() as cursor:
        cursor.execute(select)
        while fetched := cursor.fetchmany(BATCH):
            for subject, site, form, visit, number, repeat, values, reasons, _place, record in fetched:
                yield ItemRow(subject, site, form, visit, number, repeat, values, json.loads(reasons), record)


def item_queries(selection: Selection) -> QuerySet:
    queries = [item_query(place, dataset, selection) for place, dataset in enumerate(selection.datasets)]
    return queries[0].union(*queries[1:], all=True).order_by("SUBJECT", "place", "record")


def item_query(place: int, dataset: Dataset, selection: Selection) -> QuerySet:
    keys = key_columns(dataset)
    reasons = F("missing") if keeps_reasons(dataset) else Value("{}")
    return (
        records(dataset, selection)
        .order_by()
        .values(
            SUBJECT=Collate(keys["SUBJECT"], "C"),
            SITEID=keys["SITEID"],
            form=Value(dataset.form),
            VISIT=keys["VISIT"],
            VISIT_REPEAT=keys["VISIT_REPEAT"],
            REPEAT=keys["REPEAT"],
            written=TextArray(
                *(Cast(value_of(dataset, column, selection), TextField()) for column in dataset.columns)
            ),
            reasons=Cast(reasons, TextField()),
            place=Value(place),
            record=F("pk"),
        )
    )
