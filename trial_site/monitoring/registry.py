"""The forms that exist, told by the apps above when they start; monitoring knows their records by name only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils.functional import Promise

from trial_site.monitoring.values import field_of

Text = str | Promise


@dataclass(frozen=True)
class RegisteredForm:
    """A case report form. `audience` is "assessor" for what the blinded assessor may see, else "site"; `units` by
    field, as people write them."""

    code: str
    title: Text
    model: type[Model]
    fields: tuple[str, ...]
    audience: str
    units: Mapping[str, str] = field(default_factory=dict)


FORMS: dict[str, RegisteredForm] = {}


def register(
    form: str,
    *,
    title: Text,
    model: type[Model],
    fields: tuple[str, ...],
    audience: str = "site",
    units: Mapping[str, str] | None = None,
) -> None:
    """Called in AppConfig.ready, once for each form code."""
    FORMS[form] = RegisteredForm(form, title, model, fields, audience, units or {})


def registered(form: str) -> RegisteredForm:
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
