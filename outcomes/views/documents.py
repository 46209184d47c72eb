"""Printed documents. The text is a file of typst beside the templates; values are handed over as data."""

import json
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

import typst
from django.template.loader import get_template
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from outcomes.models import AdverseEvent
from outcomes.rules.events import CRITERIA
from trial_site.core.models import StudySite
from trial_site.core.protocol import latest
from trial_site.monitoring.models import Scope
from trial_site.monitoring.scopes import stands
from trial_site.monitoring.selectors import signatures_of, value_of

PRINTED = ("term", "grade", "started_on", "started_time", "ended_on", "ended_time", "outcome")
JUDGED = ("special_interest", "action_taken", "causality")


def serious_event_document(event: AdverseEvent) -> bytes:
    """The report of a serious event as PDF; the same bytes for the same event."""
    subject, site = event.subject, event.subject.site
    data = {
        "study": latest().registry_id,
        "participant": subject.number,
        "title": _("Report of a serious event"),
        "facts": [*facts(event, site)],
        "reports": [
            {
                "title": _("Report %(number)s") % {"number": report.number},
                "narrative": report.narrative,
                "by": f"{report.reported_by}, {clock(report.reported_at, site)}",
            }
            for report in event.reports.select_related("reported_by")
        ],
        "signatures": {"title": _("Signatures"), "none": _("none"), "lines": [*signatures(event, site)]},
    }
    source = get_template("outcomes/serious_event.typ").template.source  # type: ignore[attr-defined]
    return typst.compile(source.encode(), sys_inputs={"data": json.dumps(data)})


def facts(event: AdverseEvent, site: StudySite) -> Iterator[tuple[str, str]]:
    yield _("Participant"), event.subject.number
    yield _("Study site"), str(site)
    for name in (*PRINTED, *JUDGED):
        yield label(event, name), text(value_of(event, name))
    met = [label(event, name) for name in CRITERIA if getattr(event, name)]
    yield _("Serious because"), "; ".join(met) or label(event, "grade")
    yield label(event, "aware_at"), clock(event.aware_at, site) if event.aware_at else "–"


def signatures(event: AdverseEvent, site: StudySite) -> Iterator[str]:
    """Who signed the event, a report of it or the casebook it is in: name, time, meaning; or that it fell since."""
    casebook = signatures_of("SU", event.subject_id).filter(scope=Scope.PARTICIPANT)
    signed = [*signatures_of("AE", event.pk), *casebook]
    for report in event.reports.all():
        signed += signatures_of("SR", report.pk)
    for one in sorted(signed, key=attrgetter("pk")):
        said = f"{one.signer_name}, {clock(one.signed_at, site)}: {one.get_meaning_display()}"
        yield said if stands(one) else f"{said} ({_('changed after this signature')})"


def label(event: AdverseEvent, name: str) -> str:
    field: Any = event._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def text(value: Any) -> str:
    return "–" if value in (None, "") else str(value)


def clock(at: datetime, site: StudySite) -> str:
    return f"{at.astimezone(site.tz):%Y-%m-%d %H:%M} {site.zone}"
