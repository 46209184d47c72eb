"""What belongs together: the records of a visit, or of a participant."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from trial_site.audit.models import Event
from trial_site.core.datasets import Dataset
from trial_site.monitoring.models import RecordRef, Scope, Signature
from trial_site.monitoring.registry import FORMS, registered, visit_column
from trial_site.monitoring.values import field_of


def records_of(form: Dataset, subjects: Iterable[str]) -> QuerySet[Any]:
    """The records of one form of these participants (their numbers), each with its participant and visit at hand."""
    records = form.model._default_manager.filter(**{f"{form.subject}__in": subjects}).order_by("pk")
    paths = {path.rpartition("__")[0] for path in (form.subject, form.visit, form.repeat)} - {""}
    return records.select_related(*sorted(paths)) if paths else records


def records_in(scope: str, ref: RecordRef) -> Iterator[tuple[str, Model]]:
    """(form code, record) of everything that `ref` names as a record, as a visit, or as a participant."""
    if scope == Scope.RECORD:
        yield ref.form, registered(ref.form).model._default_manager.get(pk=ref.record_id)
        return
    for code, form in FORMS.items():
        column = visit_column(form)
        if scope == Scope.VISIT and not column:
            continue
        records = records_of(form, [ref.subject])
        for record in records.filter(**{column: ref.record_id}) if scope == Scope.VISIT else records:
            yield code, record


def content_of(scope: str, ref: RecordRef) -> dict[str, dict[str, Any]]:
    """Every value, by form and record, that a signature over this scope covers."""
    return {f"{form}-{record.pk}": values_of(form, record) for form, record in records_in(scope, ref)}


def values_of(form: str, record: Any) -> dict[str, Any]:
    known = registered(form)
    values = {name: getattr(record, field_of(known.model, name).attname) for name in known.fields}
    return values | {"missing": getattr(record, "missing", {})}


def stands(signature: Signature) -> bool:
    """Do the data still say what was signed? A casebook that no event touched since needs no second reading."""
    tables = [form.model._meta.db_table for form in FORMS.values()]
    if signature.scope == Scope.PARTICIPANT and signature.as_of is not None:
        later = Event.objects.filter(subject_id=signature.record_id, id__gt=signature.as_of, table__in=tables)
        if not later.exists():
            return True
    return signature.covers(content_of(signature.scope, signature.ref))


def alone() -> None:
    """Wait until no change of a form is under way, and let none begin before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(741099, 3)")
