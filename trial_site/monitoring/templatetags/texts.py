"""`{% load texts %}`: a free text as people read it, with the link by which whoever works with forms reports it."""

from typing import Any

from django import template
from django.db.models import Model
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from trial_site.core.datasets import HIDDEN
from trial_site.core.templatetags.parts import shown
from trial_site.monitoring.hiding import may_report

register = template.Library()


@register.simple_tag(takes_context=True)
def free_text(context: dict[str, Any], record: Model, column: str) -> SafeString:
    """The text in a column of a record, of a table whose texts are registered."""
    return told(context, getattr(record, column), record._meta.db_table, record.pk, column)


@register.simple_tag(takes_context=True)
def reason(context: dict[str, Any], change: Any) -> SafeString:
    """The reason for a change, which has `reason` and `reason_at`."""
    return told(context, change.reason, *(change.reason_at or (None, None, None)))


@register.simple_tag(takes_context=True)
def report_link(
    context: dict[str, Any], text: str, kind: str, record_id: int | None, column: str
) -> SafeString:
    """Leads to the page where this text is reported; nothing for whoever may not, or where none is to be read."""
    actor = getattr(context.get("request"), "actor", None)
    if not text or text == HIDDEN or record_id is None or actor is None or not may_report(actor):
        return SafeString("")
    return format_html(
        '<a class="zone on-demand" href="{}">{}<span class="visually-hidden">: {}</span></a>',
        reverse("casebook:hide", args=[kind, record_id, column]),
        _("Possible unblinding"),
        Truncator(text).chars(30),
    )


def told(context: dict[str, Any], text: str, kind: str, record_id: int | None, column: str) -> SafeString:
    link = report_link(context, text, kind, record_id, column)
    return format_html("{} {}", linebreaksbr(shown(text)) if text else shown(text), link)
