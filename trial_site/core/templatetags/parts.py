"""The pieces of every page: `{% load parts %}`. The larger ones have their markup in templates/parts/.

Nothing is said by colour alone: a tone always comes with an icon and a word.
"""

from datetime import date, datetime, time
from typing import Any, NamedTuple, Protocol

from django import template
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from trial_site.core.datasets import HIDDEN
from trial_site.core.models import MissingReason, StudySite
from trial_site.core.protocol import latest

register = template.Library()


class Look(NamedTuple):
    tone: str
    icon: str
    word: str | Promise = ""


LOOKS = {
    "met": Look("good", "check", gettext_lazy("met")),
    "not_met": Look("bad", "cross", gettext_lazy("not met")),
    "cannot_determine": Look("warn", "question", gettext_lazy("cannot be determined")),
    "not_yet": Look("neutral", "clock", gettext_lazy("not yet")),
    "done": Look("good", "check", gettext_lazy("done")),
    "due": Look("info", "clock", gettext_lazy("due")),
    "late": Look("bad", "alert", gettext_lazy("late")),
    "missed": Look("bad", "cross", gettext_lazy("missed")),
    "expected": Look("neutral", "ring", gettext_lazy("expected")),
    "not_applicable": Look("neutral", "cross", gettext_lazy("not applicable")),
    "missing": Look("warn", "alert", gettext_lazy("missing")),
    "draft": Look("neutral", "pen", gettext_lazy("draft")),
    "complete": Look("good", "check", gettext_lazy("complete")),
    "signed": Look("good", "pen", gettext_lazy("signed")),
    "unsigned": Look("warn", "pen", gettext_lazy("not signed")),
    "verified": Look("good", "check", gettext_lazy("verified")),
    "locked": Look("neutral", "lock", gettext_lazy("locked")),
    "open": Look("warn", "dot", gettext_lazy("open")),
    "answered": Look("info", "dot", gettext_lazy("answered")),
    "closed": Look("neutral", "check", gettext_lazy("closed")),
    "cancelled": Look("neutral", "cross", gettext_lazy("cancelled")),
    "planned": Look("neutral", "ring", gettext_lazy("planned")),
    "ready": Look("good", "check", gettext_lazy("ready")),
    "waiting": Look("neutral", "clock", gettext_lazy("waiting")),
    "running": Look("info", "clock", gettext_lazy("being written")),
    "gone": Look("neutral", "ring", gettext_lazy("not kept here")),
    "sent": Look("good", "check", gettext_lazy("sent")),
    "claimed": Look("info", "clock", gettext_lazy("being sent")),
    "uncertain": Look("warn", "question", gettext_lazy("may have been sent")),
    "failed": Look("bad", "cross", gettext_lazy("failed")),
    "dropped": Look("neutral", "cross", gettext_lazy("not sent any more")),
    "hold": Look("warn", "alert", gettext_lazy("on hold")),
    "identified": Look("neutral", "ring", gettext_lazy("identified")),
    "declined": Look("neutral", "cross", gettext_lazy("declined")),
    "consented": Look("info", "dot", gettext_lazy("consented")),
    "eligible": Look("good", "check", gettext_lazy("eligible")),
    "screen_failed": Look("bad", "cross", gettext_lazy("screen failure")),
    "randomized": Look("info", "check", gettext_lazy("randomized")),
    "in_force": Look("good", "check", gettext_lazy("in force")),
    "ended": Look("neutral", "cross", gettext_lazy("ended")),
    "not_begun": Look("neutral", "clock", gettext_lazy("not begun")),
    "withdrawn": Look("neutral", "cross", gettext_lazy("withdrawn")),
}
OTHER = Look("neutral", "dot")


@register.simple_tag
def study() -> dict[str, str]:
    """The study as every page names it: code, title in the page's language, version of the latest protocol."""
    protocol = latest()
    title = protocol.short_title.text(get_language())
    return {"code": protocol.registry_id, "title": title, "version": protocol.version}


@register.simple_tag
def status(state: str, word: str = "", tone: str = "") -> SafeString:
    """A state as icon, word and colour. `word` replaces the usual word, e.g. the model's get_state_display;
    `tone` is one of good, info, neutral, warn, bad."""
    look = LOOKS.get(str(state).lower(), OTHER)
    said = word or look.word or state
    return format_html('<span class="status tone-{} icon-{}">{}</span>', tone or look.tone, look.icon, said)


def nothing() -> SafeString:
    dash = '<span class="nothing" aria-hidden="true">–</span><span class="visually-hidden">{}</span>'
    return format_html(dash, _("not recorded"))


# Django's English formats put the month first, as only Americans do; other languages keep their own.
ENGLISH = {"DATE_FORMAT": "j M Y", "DATETIME_FORMAT": "j M Y, H:i"}


def written(when: date, form: str) -> str:
    return format_date(when, ENGLISH[form] if get_language() == "en" else get_format(form))


@register.simple_tag
def study_date(day: date | None) -> SafeString:
    """A calendar date of a study site, written so that day and month cannot be confused."""
    if not day:  # a template reads "" from what is not there
        return nothing()
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), written(day, "DATE_FORMAT"))


@register.simple_tag
def study_time(at: datetime | None, site: StudySite | None = None) -> SafeString:
    """An instant on the clock of `site` (without one: of the person reading), with the zone named."""
    if not at:
        return nothing()
    local = at.astimezone(site.tz if site else timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}">{}</time> <span class="zone">{}</span>',
        local.isoformat(timespec="minutes"),
        written(local, "DATETIME_FORMAT"),
        str(local.tzinfo),
    )


class Window(Protocol):
    """A visit or infusion window; both days belong to it."""

    first: date
    last: date


@register.simple_tag
def window_dates(window: Window | None, today: date) -> SafeString:
    """The first and last day of a window, and how many days are left seen from `today`."""
    if window is None:
        return status("cannot_determine")
    return format_html(
        '<span class="window"><span>{} – {}</span> {}</span>',
        study_date(window.first),
        study_date(window.last),
        _place_in(window, today),
    )


def _place_in(window: Window, today: date) -> SafeString:
    wait, left = (window.first - today).days, (window.last - today).days
    if wait > 0:
        return status("not_yet", ngettext("opens in %d day", "opens in %d days", wait) % wait)
    if left < 0:
        return status("late", ngettext("closed %d day ago", "closed %d days ago", -left) % -left)
    if left == 0:
        return status("due", _("last day"), "warn")
    return status("due", ngettext("%d day left", "%d days left", left) % left, "warn" if left == 1 else "")


@register.simple_tag
def missing(code: str) -> SafeString:
    """Why a value is absent, from its missing-data code."""
    return format_html('<span class="missing">{}</span>', MissingReason(code).label)


@register.simple_tag
def sealed() -> SafeString:
    """Stands where blinded data would be; looks the same whatever they are, and whether there are any."""
    return format_html(
        '<span class="status tone-neutral icon-lock">{}<span class="visually-hidden"> {}</span></span>',
        _("sealed"),
        _("(blinded data, not shown to anyone who is blinded)"),
    )


@register.filter
def shown(value: Any) -> Any:
    """A recorded value as people read it: yes and no, dates, an absent value as a dash."""
    if value is None or value == "":
        return nothing()
    if value == HIDDEN:
        return _("[hidden: may unblind]")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return study_time(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return study_date(value) if isinstance(value, date) else value


@register.simple_tag(takes_context=True)
def repeat(context: template.Context, block: str) -> SafeString:
    """The content of a block once more, so that a page writes its title once."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(block).nodelist.render(context)


@register.simple_tag
def crumb(label: str, url: str = "") -> SafeString:
    """One step of the breadcrumb, outermost first; the page itself is not among them."""
    link = format_html('<a href="{}">{}</a>', url, label) if url else label
    return format_html('<li class="breadcrumb-item">{}</li>', link)


@register.simple_block_tag
def table(content: SafeString, caption: str) -> SafeString:
    """A table as long as it is; a wide one scrolls sideways while its first column (th) stays in sight."""
    return format_html(
        '<div class="table-scroll" role="region" aria-label="{0}" tabindex="0">'
        '<table class="table table-sm"><caption>{0}</caption>{1}</table></div>',
        caption,
        content,
    )


@register.simple_block_tag
def fact(content: SafeString, label: str) -> SafeString:
    """One label and value inside `<dl class="facts">`."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, mark_safe(content.strip()) or nothing())  # noqa: S308 rendered by the template


@register.simple_tag
def empty_state(sentence: str) -> SafeString:
    """What stands where a list would be."""
    return format_html('<p class="empty-state">{}</p>', sentence)


@register.inclusion_tag("parts/participant.html")
def participant(subject: Any) -> dict[str, Any]:
    """Which participant this page is about, with site and state: beside the h1."""
    return {"subject": subject}


@register.inclusion_tag("parts/signature.html")
def signature(signature: Any) -> dict[str, Any]:
    """A monitoring.models.Signature as 21 CFR 11.50 wants it: printed name, time, meaning."""
    return {"signature": signature}


@register.inclusion_tag("parts/history.html", takes_context=True)
def history(context: dict[str, Any], changes: list[Any], site: StudySite | None = None) -> dict[str, Any]:
    """A record's history, folded. A change has at, who, role, field, old, new, reason, whole_record."""
    amended = [change for change in changes if not change.whole_record]
    asked = {"request": context.get("request")}
    return asked | {"changes": changes, "amended": len(amended), "site": site}


@register.simple_block_tag(takes_context=True)
def confirm(
    context: template.Context, content: SafeString, verb: str, url: str, tone: str = "primary"
) -> SafeString:
    """One click and a confirmation, no script: a button that unfolds `content` and the button that posts.

    `verb` is what happens, e.g. "Randomize"; `tone` is primary or danger.
    """
    piece = {"content": content, "verb": verb, "url": url, "tone": tone}
    return render_to_string("parts/confirm.html", piece | {"csrf_token": context.get("csrf_token")})
