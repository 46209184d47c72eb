"""What belongs together: the records of a visit, or of a participant."""

from collections.abc import Iterator

from django.db.models import Model

from trial_site.monitoring.models import RecordRef, Scope
from trial_site.monitoring.registry import FORMS, registered, visit_column


def records_in(scope: str, ref: RecordRef) -> Iterator[tuple[str, Model]]:
    """(form code, record) of everything that `ref` names as a record, as a visit, or as a participant."""
    if scope == Scope.RECORD:
        yield ref.form, registered(ref.form).model._default_manager.get(pk=ref.record_id)
        return
    for code, form in FORMS.items():
        column = visit_column(form)
        if scope == Scope.VISIT and not column:
            continue
        chosen: dict[str, str | int] = (
            {column: ref.record_id} if scope == Scope.VISIT else {form.subject: ref.subject}
        )
        for record in form.model._default_manager.filter(**chosen).order_by("pk"):
            yield code, record
