"""Which records are signed, and which are verified: conditions for PostgreSQL to decide, now or in the past."""

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_

from django.db import models
from django.db.models import Exists, Field, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.lookups import LessThan

from trial_site.audit.models import Event
from trial_site.core.datasets import HAS_SOURCE, Column, Dataset, Origin
from trial_site.core.protocol import SourceVerification
from trial_site.exports.dictionary import keeps_reasons
from trial_site.monitoring.models import Scope, Signature, Verification
from trial_site.monitoring.registry import visit_column


def is_signed(dataset: Dataset) -> Exists:
    """Somebody signed the record, its visit or its participant, and nothing exported of it has changed since."""
    record, visit = OuterRef(OuterRef("pk")), visit_column(dataset)
    participant = OuterRef(OuterRef(dataset.subject))
    covers = Q(scope=Scope.RECORD, form=dataset.form, record_id=record) | Q(
        scope=Scope.PARTICIPANT, subject=participant
    )
    if visit:
        covers |= Q(scope=Scope.VISIT, record_id=OuterRef(OuterRef(visit)))
    columns = [dataset.model_field(column).column for column in dataset.columns]
    changed_since = Event.objects.filter(
        table=dataset.model._meta.db_table, record_id=record, id__gt=OuterRef("pk"), new__has_any_keys=columns
    )
    signatures = Signature.objects.filter(covers).values("pk")
    signed = Event.objects.filter(table=Signature._meta.db_table, record_id__in=signatures)
    return Exists(signed.filter(~Exists(changed_since)))


def in_force(signatures: QuerySet[Signature], datasets: Iterable[Dataset]) -> QuerySet[Signature]:
    """Those of `signatures` since which nothing exported of what they cover has changed, or come to it."""
    signed = Event.objects.filter(table=Signature._meta.db_table, record_id=OuterRef("pk"))
    later = Event.objects.filter(id__gt=OuterRef("signed"))
    touched = {dataset.form: _touched(dataset) for dataset in datasets}
    changed = Q(scope=Scope.PARTICIPANT) & Q(
        Exists(later.filter(reduce(or_, touched.values()), subject_id=OuterRef("record_id")))
    )
    for dataset in datasets:
        here, visit = later.filter(touched[dataset.form]), visit_column(dataset)
        changed |= Q(scope=Scope.RECORD, form=dataset.form) & Q(
            Exists(here.filter(record_id=OuterRef("record_id")))
        )
        if visit:
            records = dataset.model._default_manager.filter(**{visit: OuterRef(OuterRef("record_id"))})
            changed |= Q(scope=Scope.VISIT) & Q(Exists(here.filter(record_id__in=records.values("pk"))))
    return signatures.annotate(signed=Subquery(signed.values("pk")[:1])).exclude(changed)


def _touched(dataset: Dataset) -> Q:
    """An event that gave or changed an exported value of a form."""
    columns = [dataset.model_field(column).column for column in dataset.columns]
    return Q(table=dataset.model._meta.db_table, new__has_any_keys=columns)


def is_verified(dataset: Dataset, plan: SourceVerification) -> Q:
    """The plan asks for something of the record, and every value it asks for was compared with its source and has
    not changed since. The same rules as monitoring.verification, told to the database."""
    asked = {
        column.field: is_asked(dataset, column, plan)
        for column in dataset.columns
        if dataset.origin_of(column.field) in HAS_SOURCE
    }
    complete = (~condition | Q(stands(dataset, field)) for field, condition in asked.items())
    return reduce(or_, asked.values(), NEVER) & reduce(and_, complete, ALWAYS)


NEVER, ALWAYS = Q(pk__isnull=True), Q(pk__isnull=False)


class Drawn(Func):
    """0 to 99, by the screening number; see monitoring.verification.in_full."""

    template = (
        "mod(('x' || left(encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex'), 8))::bit(32)::bigint,"
        " 100)"
    )  # fmt: skip
    output_field = models.IntegerField()


def is_asked(dataset: Dataset, column: Column, plan: SourceVerification) -> Q:
    """There is a value, or the reason for its absence, it stands in a source, and the plan includes it."""
    given = is_given(dataset.model_field(column))
    if keeps_reasons(dataset):
        given |= Q(missing__has_key=column.field)
    if any(field.name == "sources" for field in dataset.model._meta.concrete_fields):
        elsewhere = ~Q(sources__contains={column.field: Origin.DIRECT.value})
        given &= elsewhere
    if f"{dataset.form}.{column.field}" in plan.critical:
        return given
    return given & Q(LessThan(Drawn(models.F(dataset.subject)), Value(plan.share_percent)))


def is_given(field: Field) -> Q:
    match field:
        case models.JSONField():
            return ~Q(**{f"{field.name}__in": [{}, []]})
        case models.CharField() | models.TextField():
            return Q(**{f"{field.name}__isnull": False}) & ~Q(**{field.name: ""})
    return Q(**{f"{field.name}__isnull": False})


class Differ(Func):
    template = "(%(expressions)s)"
    arg_joiner = " IS DISTINCT FROM "
    output_field = models.BooleanField()


def stands(dataset: Dataset, field: str) -> Exists:
    """The latest mark of the value says that it agrees with its source, and no event since touches it."""
    marks = Verification.objects.filter(form=dataset.form, field=field)
    touching = (
        ~Q(operation=Event.Operation.UPDATE)
        | Q(old__has_key=str(dataset.model._meta.get_field(field).column))  # type: ignore[union-attr]
        | Q(Differ(reason_of(field, "old"), reason_of(field, "new")))
    )
    since = Event.objects.filter(
        touching,
        table=dataset.model._meta.db_table,
        record_id=OuterRef("record_id"),
        id__gt=OuterRef("as_of"),
    )
    later = marks.filter(record_id=OuterRef("record_id"), id__gt=OuterRef("pk"))
    of_this = marks.filter(subject=OuterRef(dataset.subject), record_id=OuterRef("pk"), verified=True)
    return Exists(of_this.filter(~Exists(later), ~Exists(since)))


def reason_of(field: str, side: str) -> KeyTransform:
    return KeyTransform(field, KeyTransform("missing", side))
