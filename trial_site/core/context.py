"""What every page knows: whether this is the demo, what is paused, and where this person may go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trial_site.core.pauses import pauses_for
from trial_site.core.permissions import Task, can

RELEASE = "0.1.0"


@dataclass(frozen=True)
class Place:
    """An entry of the navigation, shown to whoever holds one of `tasks`."""

    label: str | Promise
    view: str
    tasks: tuple[Task, ...]


PLACES = [
    Place(_("To do"), "home", tuple(Task)),
    Place(_("Participants"), "casebook:subjects", (Task.VIEW_CASEBOOK, Task.ASSESS_OUTCOMES)),
    Place(_("Infusions"), "dosing:worklist", (Task.SCHEDULE_INFUSION, Task.ORDER_INFUSION, Task.INFUSE)),
    Place(_("Pharmacy"), "dosing:pharmacy", (Task.PREPARE_PRODUCT,)),
    Place(
        _("Supply"),
        "randomization:supply",
        (Task.RANDOMIZE, Task.MANAGE_SUPPLY, Task.MONITOR_SUPPLY, Task.VERIFY_SOURCE),
    ),
    Place(_("Code breaks"), "randomization:code_breaks", (Task.BREAK_CODE,)),
    Place(_("Sealed letters"), "randomization:letters", (Task.VERIFY_SOURCE,)),
    Place(_("Pauses"), "pauses", (Task.PAUSE_STUDY,)),
    Place(_("Chest CT"), "outcomes:ct_reads", (Task.READ_CT,)),
    Place(_("Safety"), "outcomes:safety", (Task.RECORD_SAFETY, Task.ASSESS_SUSAR, Task.PAUSE_STUDY)),
    Place(_("Deviations"), "casebook:deviations", (Task.RAISE_DEVIATION, Task.CLOSE_DEVIATION)),
    Place(_("Queries"), "casebook:queries", (Task.RAISE_QUERY, Task.ANSWER_QUERY)),
    Place(_("Monitoring"), "casebook:monitoring", (Task.VERIFY_SOURCE,)),
    Place(
        _("Review"),
        "casebook:progress",
        (Task.VERIFY_SOURCE, Task.FREEZE, Task.SIGN_CASEBOOK, Task.VIEW_AUDIT),
    ),
    Place(_("Audit trail"), "casebook:trail", (Task.VIEW_AUDIT,)),
    Place(_("Lock"), "casebook:lock", (Task.LOCK,)),
    Place(_("Open report"), "exports:open_report", (Task.EXPORT,)),
    Place(_("Closed report"), "exports:closed_report", (Task.REPORT_CLOSED,)),
    Place(_("Exports"), "exports:exports", (Task.EXPORT,)),
    Place(_("Close-out"), "exports:close_out", (Task.LOCK,)),
    Place(_("Recruitment"), "casebook:recruitment", (Task.VIEW_CASEBOOK,)),
    Place(_("Study sites"), "administration:sites", (Task.ADMINISTER,)),
    Place(_("Staff"), "administration:staff", (Task.ADMINISTER,)),
    Place(
        _("Delegation log"),
        "administration:delegations",
        (Task.SIGN_DELEGATION, Task.ADMINISTER, Task.VIEW_AUDIT),
    ),
    Place(_("Protocol"), "casebook:protocol", tuple(Task)),
]


def page(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    places = [p for p in PLACES if actor and any(can(actor, task) for task in p.tasks)]
    urls = [reverse(place.view) for place in places]
    navigation = [
        {"label": place.label, "url": url, "current": request.path == url}
        for place, url in zip(places, urls, strict=True)
    ]
    known = {"release": RELEASE, "demo": settings.DEMO, "actor": actor, "navigation": navigation}
    return known | {"paused": pauses_for(actor) if actor else ()}
