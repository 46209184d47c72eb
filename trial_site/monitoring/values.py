"""Stored values as people read them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Field, JSONField, Model
from django.utils.translation import gettext as _

from trial_site.monitoring.models import HIDDEN

NameOf = Callable[[type[Model], Any], str]


def field_of(model: type[Model], name: str) -> Field:
    return model._meta.get_field(name)  # type: ignore[return-value]


def readable(field: Field, value: Any, name_of: NameOf | None = None) -> Any:
    """A choice by its label, a record by its name; anything else typed as the model types it.

    `value` may come from the model or from the history's JSON, where a record is its key.
    """
    if value in (None, "", {}, []):
        return None
    if value == HIDDEN:
        return _("[hidden: may unblind]")
    if isinstance(field, JSONField) and isinstance(value, dict):
        return "; ".join(f"{key}: {one}" for key, one in value.items())
    if field.related_model is not None:
        return str(value) if isinstance(value, Model) else (name_of or naming())(field.related_model, value)
    if field.flatchoices:
        return dict(field.flatchoices).get(value, value)
    return field.to_python(value)


def naming() -> NameOf:
    """Looks up what records are called, each once."""

    @cache
    def name_of(model: type[Model], key: Any) -> str:
        return str(model._default_manager.filter(pk=key).first() or key)

    return name_of
