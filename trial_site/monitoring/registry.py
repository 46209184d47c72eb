"""The forms that exist, told by the apps above when they start; monitoring knows their records by name only."""

from collections.abc import Iterable

from django.utils.functional import Promise

from trial_site.audit.tracking import guard
from trial_site.core.datasets import Dataset
from trial_site.monitoring.values import field_of

Text = str | Promise
VISIT = "VI"
FORMS: dict[str, Dataset] = {}


def register(datasets: Iterable[Dataset]) -> None:
    """Called in AppConfig.ready: from then on a form has queries, signatures and verification, and can be frozen."""
    for dataset in datasets:
        FORMS[dataset.form] = dataset
        if not dataset.never_frozen:
            guard(dataset.model, "monitoring_refuse_frozen", dataset.form, visit_column(dataset))


def visit_column(dataset: Dataset) -> str:
    """The column that holds a record's visit; empty for a form that belongs to none."""
    if dataset.form == VISIT:
        return "id"
    names = {field.name for field in dataset.model._meta.concrete_fields}
    return "visit_id" if "visit" in names else ""


def registered(form: str) -> Dataset:
    """Raises LookupError for a code that no app registered."""
    return FORMS[form]


def label_of(form: str, field: str = "") -> Text:
    """What people call a field, or without one the form. Raises LookupError for what is not registered."""
    known = registered(form)
    if not field:
        return known.title
    if field not in known.fields:
        raise LookupError(f"Form {form} has no field {field}.")
    return field_of(known.model, field).verbose_name
