"""At the bed: identify, start, stop, and the vital signs around the infusion."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dosing import actions, selectors
from dosing.forms import StartForm, StopForm, VitalsForm
from dosing.models import Infusion, InfusionOrder, InfusionVitals, OrderState, TimePoint
from dosing.views.pages import load, load_order
from enrollment.models import Subject
from enrollment.selectors import infusion_window, protocol_of
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of


@require_GET
def infusion(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.INFUSE)
    return bedside_page(request, subject, now)


@require_POST
def start(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    if order.state != OrderState.RELEASED:
        return redirect("dosing:infusion", number)  # somebody else was faster; the page says what is
    form = start_form(request, order, now)
    if taken(form, lambda values: actions.start_infusion(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion is running."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


@require_POST
def stop(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    form = stop_form(request, order)
    if taken(form, lambda values: record_end(form, by=request.actor, at=now)):
        messages.success(request, _("The end of the infusion is recorded."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


def record_end(form: StopForm, *, by: Actor, at: datetime) -> None:
    values, infusion = {name: form.cleaned_data[name] for name in form.Meta.fields}, form.instance
    common = {
        "version": form.cleaned_data["version"],
        "concerns": form.confirmed_concerns,
        "by": by,
        "at": at,
    }
    if infusion.stopped_at is None:
        actions.stop_infusion(infusion, **values, **common)
    else:
        actions.amend_infusion(infusion, values=values, reason=form.cleaned_data["reason"], **common)


def bedside_page(
    request: StaffRequest, subject: Subject, now: datetime, form: ActionForm | None = None
) -> HttpResponse:
    """What there is to do at the bed: wait, identify and start, stop, or nothing more."""
    order = selectors.order_of(subject)
    given = selectors.infusion_of(subject)
    if order and form is None:
        form = stop_form(request, order) if given else start_form(request, order, now)
    context = {
        "subject": subject,
        "order": order,
        "infusion": given,
        "window": infusion_window(subject),
        "today": subject.site.date_of(now),
        "minutes_left": minutes_left(order, now),
        "vitals_before": order and order.vitals.filter(time_point=TimePoint.BEFORE).exists(),
        "history": given and history_of(Infusion._meta.db_table, given.pk),
    }
    return reply(request, "dosing/infusion.html", form or ActionForm(), **context)


def minutes_left(order: InfusionOrder | None, now: datetime) -> int | None:
    """Whole minutes until a released bag must be started, negative after it."""
    if order is None or not hasattr(order, "release"):
        return None
    return (order.release.start_by - now) // timedelta(minutes=1)


def start_form(request: StaffRequest, order: InfusionOrder, now: datetime) -> StartForm:
    people = selectors.second_people(order, Task.INFUSE, by=request.actor, at=now)
    return StartForm(request.POST or None, people=people)


def stop_form(request: StaffRequest, order: InfusionOrder) -> StopForm:
    infusion = selectors.infusion_of(order.subject)
    if infusion is None:
        raise Refused(_("The infusion has not started."))
    return StopForm(request.POST or None, instance=infusion)


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
