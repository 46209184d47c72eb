from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from trial_site.core.protocol import Interpretation, Protocol, Text
from trial_site.core.templatetags.parts import nothing, status

register = template.Library()


@register.simple_tag
def days_left(due: date, today: date) -> SafeString:
    """How long there is, in words: a colour alone says nothing."""
    left = (due - today).days
    if left < 0:
        return status("late", ngettext("%d day late", "%d days late", -left) % -left)
    if left == 0:
        return status("due", _("today"), "warn")
    return status("due", ngettext("%d day left", "%d days left", left) % left)


@register.filter
def signed(difference: Decimal | None) -> str | SafeString:
    """A difference with its sign; none for what did not change."""
    return nothing() if difference is None else f"{difference:+}" if difference else "0"


@register.filter
def said(text: Text) -> str:
    """Protocol text in the reader's language."""
    return text.text(get_language())


@register.filter
def bearing_on(protocol: Protocol, code: str) -> tuple[Interpretation, ...]:
    """The interpretations that bear on a criterion."""
    return protocol.interpretations_of(code)


@register.filter
def setting(protocol: Protocol, key: str) -> Any:
    """What the protocol says at a dotted path; nothing for a criterion, which stands in its own table."""
    if key.startswith("criteria"):
        return ""
    return _plain(protocol.setting(key))


def _plain(value: Any) -> Any:
    """A setting as a reader of the protocol file knows it: by its name, or by the names of its parts."""
    if isinstance(value, Text):
        return said(value)
    if isinstance(value, tuple):
        return ", ".join(str(_plain(part)) for part in value)
    if not is_dataclass(value) or type(value).__str__ is not object.__str__:
        return value
    if isinstance(name := getattr(value, "name", None), Text):
        return said(name)
    return "; ".join(f"{part.name} {_plain(getattr(value, part.name))}" for part in fields(value))
