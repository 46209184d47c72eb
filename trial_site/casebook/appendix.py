"""The data appendix of a monitoring visit's report: the texts of the document."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from trial_site.casebook.selectors.oversight import PROMPT_DAYS, Oversight
from trial_site.core.models import StudySite
from trial_site.core.protocol import latest

MOST = 1000


def appendix(view: Oversight, *, monitor: str, at: datetime) -> dict[str, Any]:
    """In the language of whoever prints it and the zone of the site."""
    site, last = view.site, view.last
    since = date_format(last.held_on) if last else _("the beginning of the study")
    return {
        "lang": (get_language() or "en")[:2],
        "title": _("Monitoring visit: data appendix"),
        "study": latest().registry_id,
        "site": str(site),
        "made": _("Printed %(at)s (%(zone)s) by %(who)s")
        % {"at": _instant(at, site), "zone": site.zone, "who": monitor},
        "since": _("Changes since the last visit: %(since)s") % {"since": since},
        "tables": [
            _changes(view),
            _queries(view),
            _missing(view),
            _late(view),
            _due(view),
            _deviations(view),
        ],
        "nothing": _("none"),
    }


def _changes(view: Oversight) -> dict[str, Any]:
    rows = [
        [
            _instant(event.at, view.site),
            event.subject,
            f"{event.who}, {event.role}",
            f"{event.what}: {one.field}",
            f"{one.old or '–'} → {one.new or '–'}",
            event.reason,
        ]
        for event in view.told(MOST)
        for one in event.differences
    ]
    head = [_("When"), _("Participant"), _("Who"), _("Field"), _("Change"), _("Reason")]
    return _table(_("Changed values"), head, rows)


def _queries(view: Oversight) -> dict[str, Any]:
    rows = [
        [
            one.query.number,
            one.query.subject,
            f"{one.form}: {one.field}",
            one.query.get_state_display(),
            one.days,
        ]
        for one in view.queries
    ]
    head = [_("Query"), _("Participant"), _("Field"), _("State"), _("Days")]
    return _table(_("Queries to settle"), head, rows)


def _missing(view: Oversight) -> dict[str, Any]:
    return _table(_("Visits with missing forms"), [_("Visit")], [[one.name] for one in view.missing])


def _late(view: Oversight) -> dict[str, Any]:
    rows = [
        [
            one.subject,
            one.visit,
            str(one.form),
            date_format(one.took_place_on),
            _instant(one.entered_at, view.site),
            one.days,
        ]
        for one in view.late
    ]
    head = [_("Participant"), _("Visit"), _("Form"), _("Took place on"), _("Entered"), _("Days")]
    return _table(_("Entered more than %(days)s days after the visit") % {"days": PROMPT_DAYS}, head, rows)


def _due(view: Oversight) -> dict[str, Any]:
    rows = [[subject.number, how.verified, how.required, how.fallen] for subject, how in view.due]
    head = [_("Participant"), _("Verified"), _("Required"), _("Changed since")]
    return _table(_("Source data to verify"), head, rows)


def _deviations(view: Oversight) -> dict[str, Any]:
    rows = [
        [
            one.number,
            one.subject,
            one.get_kind_display(),
            one.get_grade_display(),
            date_format(one.occurred_on),
            one.text,
        ]
        for one in view.deviations
    ]
    head = [_("Number"), _("Participant"), _("Kind"), _("Grade"), _("Happened on"), _("What happened")]
    return _table(_("Open deviations"), head, rows)


def _table(title: str, head: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    return {
        "title": f"{title} ({len(rows)})",
        "head": head,
        "rows": [[str(cell) for cell in row] for row in rows],
    }


def _instant(at: datetime, site: StudySite) -> str:
    return f"{at.astimezone(site.tz):%Y-%m-%d %H:%M}"
