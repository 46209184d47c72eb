"""Form fields, for the crispy template pack in templates/trial/.

Django renders a widget through two or three small templates, most of what a form page costs. Here the usual
widgets are written out from the same `get_context`; any other renders itself (benchmarks/form_rendering.py).
"""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from html import escape
from typing import Any, NamedTuple

from django import template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

MISSING = "__missing"
NO_CHOICE = BLANK_CHOICE_DASH[0][1]  # Django draws a line of hyphens, which a screen reader spells out


@register.simple_tag
def anatomy(field: BoundField) -> dict[str, Any] | None:
    """What trial/field.html shows of a field; None for a missing-data code, which stands beside its field.

    Beyond Django's own it knows `form.units`, a dict of units by field name; a companion field `<name>__missing`;
    and `form.confirmations`, objects with field and message, each with a checkbox `confirm` that sends the field.
    """
    form, name = field.form, field.name
    if name.endswith(MISSING) and name.removesuffix(MISSING) in form.fields:
        return None
    companion = form[name + MISSING] if name + MISSING in form.fields else None
    unit = getattr(form, "units", {}).get(name)
    errors = [*field.errors, *(companion.errors if companion else ())]
    doubts = [doubt.message for doubt in getattr(form, "confirmations", ()) if doubt.field == name]
    saved = getattr(form, "saved_meanwhile", {})
    told = {
        "unit": unit,
        "helptext": field.help_text,
        "error": errors,
        "doubt": doubts,
        "saved": name in saved,
    }
    described = " ".join(f"{field.auto_id}_{what}" for what, there in told.items() if there) or False
    return {
        "shape": drawing_of(field).shape,
        "required": field.field.required,
        "unit": unit,
        "errors": errors,
        "doubts": doubts,
        "stale": name in saved,
        "saved": saved.get(name),
        "described": described,
        "control": draw(field, {"aria-describedby": described, "aria-invalid": bool(errors) and "true"}),
        "missing": companion and draw(companion, {"aria-label": companion.label}),
    }


APART = ("version", "reason")


@register.filter
def cells(form: BaseForm, owner: str) -> list[dict[str, Any]]:
    """The controls of a form that is a row of a table, all but version and reason; `owner` is the id of the form
    element they belong to, and their names are said by the head of the table."""
    found = []
    for field in form:
        parts = None if field.name in APART else anatomy(field)
        if parts:
            attributes = {
                "form": owner,
                "aria-label": field.label,
                "aria-invalid": bool(parts["errors"]) and "true",
            }
            described = [f"{field.auto_id}_{k}" for k in ("error", "doubt") if parts[f"{k}s"]]
            attributes["aria-describedby"] = " ".join(described) or False
            found.append(
                {**parts, "name": field.name, "id": field.auto_id, "control": draw(field, attributes)}
            )
    return found


@register.inclusion_tag("parts/errors_summary.html")
def errors_summary(form: BaseForm) -> dict[str, Any]:
    """Everything wrong with a form in one place, each sentence with a link to its field; takes the focus."""
    wrong = [(form[name], errors) for name, errors in form.errors.items() if name in form.fields]
    return {
        "general": form.non_field_errors(),
        "beside": [(anchor(field), field.label, error) for field, errors in wrong for error in errors],
    }


def anchor(field: BoundField) -> str:
    """The id of the control, or of the first one of a set."""
    return field.id_for_label or f"{field.auto_id}_0"


def draw(field: BoundField, attributes: dict[str, Any]) -> SafeString:
    """The field's widget as HTML."""
    widget, drawing = field.field.widget, drawing_of(field)
    attributes = {
        "id": widget.attrs.get("id") or field.auto_id,
        "class": f"{drawing.css_class} {widget.attrs.get('class', '')}".rstrip(),
        "disabled": field.field.disabled,
        # Not `required`: the server answers in the person's language and lists everything at once.
        "aria-required": field.field.required and "true",
    } | attributes
    if drawing.write is None:
        return field.as_widget(attrs=attributes)
    context = widget.get_context(field.html_name, iso(field.value()), attributes)
    return mark_safe(drawing.write(context["widget"]))  # noqa: S308 every value in it went through text()


def iso(value: Any) -> Any:
    """Browsers take dates and times in ISO 8601 only, whatever the language of the page."""
    if isinstance(value, datetime | time):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def text(value: Any) -> str:
    """django.utils.html.conditional_escape without its lazy wrapper, which costs a third of the page here."""
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def tag(name: str, attributes: dict[str, Any]) -> str:
    """The start tag. An attribute that is True stands alone; one that is False or None is left out."""
    given = [(key, value) for key, value in attributes.items() if value is not False and value is not None]
    return f"<{name}{''.join(attribute(*pair) for pair in given)}>"


def attribute(name: str, value: Any) -> str:
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def write_input(widget: dict[str, Any], **own: str) -> str:
    # A placeholder vanishes while typing and is too pale to read; help text says it.
    usual = {name: widget[name] for name in ("type", "name", "value")}
    return tag("input", usual | widget["attrs"] | {"placeholder": False} | own)


def write_number(widget: dict[str, Any]) -> str:
    """Not type=number: the mouse wheel changes its value unseen, and what it cannot read is sent empty."""
    keys = "decimal" if "step" in widget["attrs"] else "numeric"
    attributes = {"inputmode": keys, **widget["attrs"], "min": False, "max": False, "step": False}
    return write_input(widget | {"attrs": attributes}, type="text")


def write_textarea(widget: dict[str, Any]) -> str:
    start = tag("textarea", {"name": widget["name"], **widget["attrs"]})
    return f"{start}\n{text(widget['value'] or '')}</textarea>"


def write_select(widget: dict[str, Any]) -> str:
    groups = "".join(write_options(name, options) for name, options, _ in widget["optgroups"])
    return tag("select", {"name": widget["name"], **widget["attrs"]}) + f"{groups}</select>"


def write_options(group: str | None, options: list[dict[str, Any]]) -> str:
    written = "".join(map(write_option, options))
    return tag("optgroup", {"label": group}) + f"{written}</optgroup>" if group else written


def write_option(option: dict[str, Any]) -> str:
    start = tag("option", {"value": str(option["value"]), **option["attrs"]})
    label = "—" if option["label"] == NO_CHOICE else option["label"]
    return f"{start}{text(label)}</option>"


def write_choices(widget: dict[str, Any]) -> str:
    """Radio buttons or checkboxes, each inside its label so that the whole of it can be clicked."""
    options = [option for _, group, _ in widget["optgroups"] for option in group]
    return f'<div class="choices">{"".join(map(write_choice, options))}</div>'


def write_choice(option: dict[str, Any]) -> str:
    # What is true of the whole set is said on its fieldset.
    attributes = option["attrs"] | {"aria-required": False, "aria-invalid": False, "aria-describedby": False}
    box = write_input(option | {"attrs": attributes}, value=str(option["value"]))
    return f'<label class="choice">{box}<span>{text(option["label"])}</span></label>'


class Drawing(NamedTuple):
    """How a widget is written (None: it renders itself), its class, what trial/field.html puts round it."""

    write: Callable[[dict[str, Any]], str] | None
    css_class: str = "form-control"
    shape: str = "line"


WIDGETS = "django/forms/widgets/"
TYPED = ("input", "text", "email", "password", "tel", "url")
DRAWINGS = {f"{WIDGETS}{kind}.html": Drawing(write_input) for kind in TYPED} | {
    WIDGETS + "number.html": Drawing(write_number),
    WIDGETS + "date.html": Drawing(partial(write_input, type="date")),
    WIDGETS + "datetime.html": Drawing(partial(write_input, type="datetime-local")),
    WIDGETS + "time.html": Drawing(partial(write_input, type="time")),
    WIDGETS + "textarea.html": Drawing(write_textarea),
    WIDGETS + "select.html": Drawing(write_select, "form-select"),
    WIDGETS + "checkbox.html": Drawing(write_input, "form-check-input", "checkbox"),
    WIDGETS + "radio.html": Drawing(write_choices, "form-check-input", "radiogroup"),
    WIDGETS + "checkbox_select.html": Drawing(write_choices, "form-check-input", "group"),
}
ITSELF = Drawing(None)


def drawing_of(field: BoundField) -> Drawing:
    return DRAWINGS.get(field.field.widget.template_name, ITSELF)
