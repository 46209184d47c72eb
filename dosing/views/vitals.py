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
from dosing.models import InfusionOrder, InfusionVitals
from dosing.selectors import TimePointRow
from dosing.views.pages import load_order
from enrollment.selectors import protocol_of
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of

# A tablet that nobody touches stops asking, so that its session ends like any other.
OPENED, STOP_ASKING = "vital_signs_opened", 286


@page
def vitals(request: StaffRequest, number: str) -> HttpResponse:
    """The form of the time point that is open (?point=03; the next one due without), curves, and the grid."""
    order, now = load_order(request, number, Task.INFUSE)
    request.session[OPENED] = now.isoformat()
    row = selectors.open_time_point(order, request.GET.get("point", ""))
    form = vitals_form(order, row, now, request.POST or None)
    if taken(form, lambda values: save_vitals(order, form, by=request.actor, at=now)):
        messages.success(request, _("Vital signs recorded: %(time_point)s.") % {"time_point": row.label})
        return redirect("dosing:vitals", number)
    return vitals_page(request, order, now, row=row, form=form)


def vitals_form(
    order: InfusionOrder, row: TimePointRow, now: datetime, data: QueryDict | None = None
) -> VitalsForm:
    return VitalsForm(
        data,
        instance=row.vitals,
        initial={} if row.vitals else {"measured_at": now},
        time_point=row.time_point,
        clock=selectors.clock_of(order),
        protocol=protocol_of(order.subject),
    )


@require_GET
def monitor(request: StaffRequest, number: str) -> HttpResponse:
    """Alarms, curves and grid alone: what others have entered meanwhile."""
    order, now = load_order(request, number, Task.INFUSE)
    opened = datetime.fromisoformat(request.session.get(OPENED, now.isoformat()))
    left_alone = now - opened > timedelta(seconds=settings.SESSION_COOKIE_AGE)
    status = STOP_ASKING if left_alone else 200
    return render(request, "dosing/monitor_reply.html", monitoring(order, now), status=status)


@require_POST
def reaction(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    given, form = selectors.infusion_of(order.subject), ReactionForm(request.POST)
    if given is None:
        raise Refused(_("The infusion has not started."))
    values = form.record_values if form.is_valid() else dict
    if taken(form, lambda _: actions.record_reaction(given, values=values(), by=request.actor, at=now)):
        messages.success(request, _("The reaction is recorded. It must also become an adverse event."))
        return redirect("dosing:vitals", number)
    row = selectors.open_time_point(order, "")
    return vitals_page(request, order, now, row=row, reacting=form)


def vitals_page(
    request: StaffRequest,
    order: InfusionOrder,
    now: datetime,
    *,
    row: TimePointRow,
    form: VitalsForm | None = None,
    reacting: ReactionForm | None = None,
) -> HttpResponse:
    shown = form or vitals_form(order, row, now)
    context = monitoring(order, now) | {
        "subject": order.subject,
        "measuring": shown,
        "row": row,
        "infusion": selectors.infusion_of(order.subject),
        "reacting": reacting or ReactionForm(initial={"began_at": now}),
        "reactions": selectors.reactions_of(order.subject),
        "history": row.vitals and history_of(InfusionVitals._meta.db_table, row.vitals.pk),
    }
    return reply(request, "dosing/vitals.html", reacting or shown, **context)


def monitoring(order: InfusionOrder, now: datetime) -> dict[str, Any]:
    grid = selectors.vitals_grid(order)
    return {
        "subject": order.subject,
        "grid": [(each, each.status(now)) for each in grid],
        "charts": selectors.charts(grid),
        "alarms": selectors.last_alarms(grid),
        "columns": selectors.vital_sign_columns(),
    }


def save_vitals(order: InfusionOrder, form: VitalsForm, *, by: Actor, at: datetime) -> None:
    values, concerns, recorded = form.record_values(), form.confirmed_concerns, form.instance
    if recorded.pk is None:
        actions.record_infusion_vitals(
            order, time_point=form.time_point, values=values, concerns=concerns, by=by, at=at
        )
    else:
        version, reason = form.cleaned_data["version"], form.cleaned_data["reason"]
        actions.amend_infusion_vitals(
            recorded, values=values, version=version, reason=reason, concerns=concerns, by=by, at=at
        )
