"""The vital signs around the infusion: one page for every time point."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dosing import actions, selectors
from dosing.forms import VitalsForm
from dosing.models import InfusionOrder, InfusionVitals
from dosing.views.pages import load_order
from enrollment.selectors import protocol_of
from trial_site.core.actors import Actor
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of


@page
def vitals(request: StaffRequest, number: str) -> HttpResponse:
    """The grid of time points, and the form of the one that is open (?point=03; the next one due without)."""
    order, now = load_order(request, number, Task.INFUSE)
    row = selectors.open_time_point(order, request.GET.get("point", ""))
    form = VitalsForm(
        request.POST or None,
        instance=row.vitals,
        initial={} if row.vitals else {"measured_at": now},
        time_point=row.time_point,
        clock=selectors.clock_of(order),
        protocol=protocol_of(order.subject),
    )
    if taken(form, lambda values: save_vitals(order, form, by=request.actor, at=now)):
        messages.success(request, _("Vital signs recorded: %(time_point)s.") % {"time_point": row.label})
        return redirect("dosing:vitals", number)
    context = {
        "subject": order.subject,
        "grid": [(each, each.status(now)) for each in selectors.vitals_grid(order)],
        "row": row,
        "columns": selectors.vital_sign_columns(),
        "history": row.vitals and history_of(InfusionVitals._meta.db_table, row.vitals.pk),
    }
    return reply(request, "dosing/vitals.html", form, **context)


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
