"""At the bed: take the bag, identify, start, interrupt, stop."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dosing import actions, selectors
from dosing.actions.deviations import told
from dosing.forms import HandoverForm, InterruptForm, ProblemForm, ResumeForm, StartForm, StopForm
from dosing.models import Infusion, InfusionOrder, OrderState, TimePoint
from dosing.views.pages import load, load_order
from enrollment.models import Subject
from enrollment.selectors import infusion_window
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of, signatures_of


@require_GET
def infusion(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.INFUSE)
    return bedside_page(request, subject, now)


@require_POST
def hand_over(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    if order.state != OrderState.RELEASED:
        return redirect("dosing:infusion", number)  # somebody else was faster; the page says what is
    form = handover_form(request, order, now)
    if taken(form, lambda values: actions.hand_over(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The bag is at the bedside."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


@require_POST
def start(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    if order.state != OrderState.HANDED_OVER:
        return redirect("dosing:infusion", number)
    form = start_form(request, order, now)
    if taken(form, lambda values: actions.start_infusion(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion is running."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


@require_POST
def interrupt(request: StaffRequest, number: str) -> HttpResponse:
    given, now = load_infusion(request, number)
    form = InterruptForm(request.POST)
    if taken(form, lambda values: actions.interrupt_infusion(given, **values, by=request.actor, at=now)):
        messages.success(request, _("The interruption is recorded."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, given.subject, now, form)


@require_POST
def resume(request: StaffRequest, number: str) -> HttpResponse:
    given, now = load_infusion(request, number)
    paused, form = given.interruptions.filter(ended_at=None).first(), ResumeForm(request.POST)
    if paused is None:
        return redirect("dosing:infusion", number)
    if taken(form, lambda values: actions.resume_infusion(paused, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion goes on."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, given.subject, now, form)


@require_POST
def problem(request: StaffRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    form = ProblemForm(request.POST, kinds=actions.problems_to_report(order, request.actor))
    if taken(form, lambda values: actions.report_problem(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The problem is reported."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


@require_POST
def stop(request: StaffRequest, number: str) -> HttpResponse:
    given, now = load_infusion(request, number)
    form = StopForm(request.POST, instance=given)
    if taken(form, lambda values: record_end(form, by=request.actor, at=now)):
        messages.success(request, _("The end of the infusion is recorded."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, given.subject, now, form)


def load_infusion(request: StaffRequest, number: str) -> tuple[Infusion, datetime]:
    subject, now = load(request, number, Task.INFUSE)
    given = selectors.infusion_of(subject)
    if given is None:
        raise Refused(_("The infusion has not started."))
    return given, now


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
    """What there is to do at the bed: wait, take the bag, identify and start, stop, or nothing more."""
    order, given = selectors.order_of(subject), selectors.infusion_of(subject)
    step = next_form(request, order, given, now)
    side: dict[str, Any] = {
        "interrupting": InterruptForm(),
        "resuming": ResumeForm(),
        "reporting": order and ProblemForm(kinds=actions.problems_to_report(order, request.actor)),
    }
    names = {InterruptForm: "interrupting", ResumeForm: "resuming", ProblemForm: "reporting"}
    if form is not None and type(form) in names:
        side[names[type(form)]] = form
    elif form is not None:
        step = form
    context = side | {
        "subject": subject,
        "order": order,
        "called_off": selectors.called_off(subject),
        "infusion": given,
        "step": step,
        "told": given and told(given.departures),
        "window": infusion_window(subject),
        "today": subject.site.date_of(now),
        "minutes_left": minutes_left(order, now),
        "vitals_before": order and order.vitals.filter(time_point=TimePoint.BEFORE).exists(),
        "history": given and history_of(Infusion._meta.db_table, given.pk),
        "signatures": given and signatures_of("IN", given.pk),
    }
    return reply(request, "dosing/infusion.html", form or ActionForm(), **context)


def next_form(
    request: StaffRequest, order: InfusionOrder | None, given: Infusion | None, now: datetime
) -> ActionForm:
    """The form of the next step at the bed."""
    if given:
        return StopForm(instance=given)
    if order and order.state == OrderState.RELEASED:
        return handover_form(request, order, now)
    if order and order.state == OrderState.HANDED_OVER:
        return start_form(request, order, now)
    return ActionForm()


def minutes_left(order: InfusionOrder | None, now: datetime) -> int | None:
    """Whole minutes until a released bag must be started, negative after it."""
    if order is None or not hasattr(order, "release"):
        return None
    return (order.release.start_by - now) // timedelta(minutes=1)


def handover_form(request: StaffRequest, order: InfusionOrder, now: datetime) -> HandoverForm:
    pharmacists = selectors.second_people(order, Task.PREPARE_PRODUCT, by=request.actor, at=now)
    return HandoverForm(sent(request, "hand_over"), people=pharmacists)


def start_form(request: StaffRequest, order: InfusionOrder, now: datetime) -> StartForm:
    people = selectors.second_people(order, Task.INFUSE, by=request.actor, at=now)
    return StartForm(sent(request, "start"), people=people)


def sent(request: StaffRequest, step: str) -> QueryDict | None:
    """What was typed into the form of this step, if that is what was sent."""
    return request.POST if request.path.endswith(f"/{step.replace('_', '-')}/") else None
