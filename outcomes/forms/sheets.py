"""How a case report form stands on a page. Most differ in nothing but their model and the order of their fields;
`sheet` writes those down in a line."""

from collections.abc import Iterator
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.db.models import BooleanField, Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import plausible
from outcomes.forms.notes import Notes
from outcomes.rules.sheets import SHEETS, Sheet
from trial_site.core.forms import MISSING, RecordForm
from trial_site.core.models import MissingReason

Rows = tuple[str | tuple[str, ...], ...]
YES_NO = [("True", _("yes")), ("False", _("no"))]


class SheetForm(Notes, RecordForm):
    """A form of this app: units, soft limits and what need not be filled in follow from its sheet."""

    code: str
    ids: str = ""
    optional: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.ids or self.code}_%s", **kwargs)
        self.units = {each.field: each.unit for each in self.sheet.limits if each.unit}
        self.plausible = plausible(self.sheet.limits)
        for name in self.optional:
            self.fields[name].required = False

    @property
    def sheet(self) -> Sheet:
        return SHEETS[self.code]

    def clean(self) -> dict[str, Any]:
        """A field that does not apply needs no explanation by hand."""
        for name in self.may_be_missing:
            empty = self.cleaned_data.get(name) in (None, "") and name not in self.errors
            if empty and not self.cleaned_data.get(name + MISSING) and self._is_idle(name):
                self.cleaned_data[name + MISSING] = MissingReason.NOT_APPLICABLE
        return super().clean()

    def _is_idle(self, name: str) -> bool:
        known = all(self.cleaned_data.get(rule.when) not in (None, "") for rule in self.sheet.only)
        return known and not self.sheet.applies(name, self.cleaned_data)


def sheet(
    base: type[SheetForm],
    code: str,
    model: type[Model],
    *rows: str | tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> Any:
    """The form class of a model: `rows` in order, a tuple side by side. A field that the model lets be empty may
    carry a reason instead, unless it is `optional` and simply left out."""
    names = list(fields_in(rows))
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in names}
    may_be_missing = tuple(n for n in names if n not in optional and (fields[n].null or fields[n].blank))
    asked = {name: yes_or_no(field) for name, field in fields.items() if isinstance(field, BooleanField)}
    body = {
        "code": code,
        "may_be_missing": may_be_missing,
        "optional": optional,
        "layout": Layout(*(Row(*row) if isinstance(row, tuple) else row for row in rows)),
        "Meta": type("Meta", (), {"model": model, "fields": names}),
        **asked,
    }
    return type(f"{model.__name__}Form", (base,), body)


def fields_in(rows: Rows) -> Iterator[str]:
    for row in rows:
        yield from (row,) if isinstance(row, str) else row


def yes_or_no(field: BooleanField) -> forms.TypedChoiceField:
    """Asked as such: an empty checkbox would mean both \"no\" and \"not asked\"."""
    return forms.TypedChoiceField(
        label=capfirst(field.verbose_name),
        choices=YES_NO,
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
