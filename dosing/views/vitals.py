"""The vital signs around the infusion: one page for every time point."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dosing import actions, selectors
from dosing.forms import ReactionForm, VitalsForm
from dosing.models import Infusion, InfusionOrder, InfusionVitals
from dosing.selectors import TimePointRow
from dosing.views.pages import ORDER_FIRST, load
from enrollment.selectors import protocol_of
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of

# A tablet that nobody touches stops asking, so that its session ends like any other.
OPENED, STOP_ASKING = "vital_signs_opened", 286


def load_around(request: StaffRequest, number: str) -> tuple[InfusionOrder | Infusion, datetime]:
    subject, now = load(request, number, Task.INFUSE)
    around = selectors.measured_around(subject)
    if around is None:
        raise Refused(ORDER_FIRST)
    return around, now


@page
def vitals(request: StaffRequest, number: str) -> HttpResponse:
    """The form of the time point that is open (?point=03; the next one due without), curves, and the grid."""
    around, now = load_around(request, number)
    request.session[OPENED] = now.isoformat()
    row = selectors.open_time_point(around, request.GET.get("point", ""))
    form = vitals_form(around, row, now, request.POST or None)
    if taken(form, lambda values: save_vitals(around, form, by=request.actor, at=now)):
        messages.success(request, _("Vital signs recorded: %(time_point)s.") % {"time_point": row.label})
        return redirect("dosing:vitals", number)
    return vitals_page(request, around, now, row=row, form=form)


def vitals_form(
    around: InfusionOrder | Infusion, row: TimePointRow, now: datetime, data: QueryDict | None = None
) -> VitalsForm:
    return VitalsForm(
        data,
        instance=row.vitals,
        initial={} if row.vitals or isinstance(around, Infusion) else {"measured_at": now},
        time_point=row.time_point,
        clock=selectors.clock_of(around),
        protocol=protocol_of(around.subject),
    )


@require_GET
def monitor(request: StaffRequest, number: str) -> HttpResponse:
    """Alarms, curves and grid alone: what others have entered meanwhile."""
    around, now = load_around(request, number)
    opened = datetime.fromisoformat(request.session.get(OPENED, now.isoformat()))
    left_alone = now - opened > timedelta(seconds=settings.SESSION_COOKIE_AGE)
    status = STOP_ASKING if left_alone else 200
    return render(request, "dosing/monitor_reply.html", monitoring(around, now), status=status)


@require_POST
def reaction(request: StaffRequest, number: str) -> HttpResponse:
    around, now = load_around(request, number)
    given, form = selectors.infusion_of(around.subject), ReactionForm(request.POST)
    if given is None:
        raise Refused(_("The infusion has not started."))
    values = form.record_values if form.is_valid() else dict
    if taken(form, lambda _: actions.record_reaction(given, values=values(), by=request.actor, at=now)):
        messages.success(request, _("The reaction is recorded. It must also become an adverse event."))
        return redirect("dosing:vitals", number)
    row = selectors.open_time_point(around, "")
    return vitals_page(request, around, now, row=row, reacting=form)


def vitals_page(
    request: StaffRequest,
    around: InfusionOrder | Infusion,
    now: datetime,
    *,
    row: TimePointRow,
    form: VitalsForm | None = None,
    reacting: ReactionForm | None = None,
) -> HttpResponse:
    shown = form or vitals_form(around, row, now)
    context = monitoring(around, now) | {
        "subject": around.subject,
        "measuring": shown,
        "row": row,
        "infusion": selectors.infusion_of(around.subject),
        "reacting": reacting or ReactionForm(initial={"began_at": now}),
        "reactions": selectors.reactions_of(around.subject),
        "history": row.vitals and history_of(InfusionVitals._meta.db_table, row.vitals.pk),
    }
    return reply(request, "dosing/vitals.html", reacting or shown, **context)


def monitoring(around: InfusionOrder | Infusion, now: datetime) -> dict[str, Any]:
    grid = selectors.vitals_grid(around)
    return {
        "subject": around.subject,
        "grid": [(each, each.status(now)) for each in grid],
        "charts": selectors.charts(grid),
        "alarms": selectors.last_alarms(grid),
        "columns": selectors.vital_sign_columns(),
    }


def save_vitals(around: InfusionOrder | Infusion, form: VitalsForm, *, by: Actor, at: datetime) -> None:
    values, concerns, recorded = form.record_values(), form.confirmed_concerns, form.instance
    if recorded.pk is None:
        actions.record_infusion_vitals(
            around, time_point=form.time_point, values=values, concerns=concerns, by=by, at=at
        )
    else:
        version, reason = form.cleaned_data["version"], form.cleaned_data["reason"]
        actions.amend_infusion_vitals(
            recorded, values=values, version=version, reason=reason, concerns=concerns, by=by, at=at
        )
