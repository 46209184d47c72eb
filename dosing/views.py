"""From the reserved slot to the last vital signs. Dates and times on these pages are the study site's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dosing import actions, selectors
from dosing.forms import CancelSlotForm, OrderForm, PreparationForm, SlotForm, StartForm, StopForm, VitalsForm
from dosing.models import InfusionOrder, OrderState, Release, TimePoint
from enrollment.models import Subject
from enrollment.selectors import infusion_window, protocol_of, screening_of, subject_for
from randomization.actions import record_access
from randomization.models import Purpose
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring.selectors import signatures_of

page = require_http_methods(["GET", "POST"])
WORKLIST_TASKS = (Task.SCHEDULE_INFUSION, Task.ORDER_INFUSION, Task.INFUSE)


def load(request: HttpRequest, number: str, task: Task) -> tuple[Subject, datetime]:
    """The participant this person may do `task` for, and what time it is."""
    subject = subject_for(request.actor, number)
    require(request.actor, task, subject.site_id)
    timezone.activate(subject.site.tz)
    return subject, timezone.now()


def load_order(request: HttpRequest, number: str, task: Task) -> tuple[InfusionOrder, datetime]:
    subject, now = load(request, number, task)
    order = selectors.order_of(subject)
    if order is None:
        raise Refused(_("An investigator must sign the re-check of day 0 first. It is the order."))
    return order, now


def taken(form: ActionForm, perform: Callable[[dict[str, Any]], object]) -> bool:
    """Was the form sound, and did the action take it? A refusal is shown in the form, beside what was typed."""
    if not form.is_valid():
        return False
    try:
        perform(form.cleaned_data)
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True


def answer(request: HttpRequest, template: str, form: ActionForm, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, f"dosing/{template}.html", context | {"form": form}, status=status)


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Who must be infused when, the last possible day first."""
    if not any(can(request.actor, task) for task in WORKLIST_TASKS):
        require(request.actor, Task.INFUSE)
    due = selectors.due_infusions(request.actor, timezone.now())
    return render(request, "dosing/worklist.html", {"due": due})


@page
def slot(request: HttpRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCHEDULE_INFUSION)
    form = SlotForm(request.POST or None)
    if taken(form, lambda values: actions.reserve_slot(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion slot is reserved."))
        return redirect("dosing:slot", number)
    return slot_page(request, subject, now, form)


@require_POST
def cancel_slot(request: HttpRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCHEDULE_INFUSION)
    reserved, form = selectors.slot_of(subject), CancelSlotForm(request.POST)
    if reserved is None:
        raise Refused(_("This slot is no longer reserved."))
    if taken(form, lambda values: actions.cancel_slot(reserved, **values, by=request.actor, at=now)):
        messages.success(request, _("The slot is free again."))
        return redirect("dosing:slot", number)
    return slot_page(request, subject, now, form)


def slot_page(request: HttpRequest, subject: Subject, now: datetime, form: ActionForm) -> HttpResponse:
    reserved = selectors.slot_of(subject)
    context = {
        "subject": subject,
        "slot": reserved,
        "order": selectors.order_of(subject),
        "days": [] if reserved else selectors.free_days(subject, at=now),
        "window": infusion_window(subject),
        "protocol": protocol_of(subject),
        "today": subject.site.date_of(now),
        "cancel": form if isinstance(form, CancelSlotForm) else CancelSlotForm(),
    }
    return answer(request, "slot", form, **context)


@page
def order(request: HttpRequest, number: str) -> HttpResponse:
    """The re-check with the values of screening beside it; once signed, the order as it was given."""
    subject, now = load(request, number, Task.ORDER_INFUSION)
    given, screening = selectors.order_of(subject), screening_of(subject)
    if given:
        context = {"subject": subject, "order": given, "signatures": signatures_of("OR", given.pk)}
        return render(request, "dosing/ordered.html", context)
    form = OrderForm(
        request.POST or None,
        initial={"rechecked_at": now, "weight_measured_on": subject.site.date_of(now)},
        screening_weight=screening and screening.weight_kg,
        protocol=protocol_of(subject),
    )
    if taken(form, lambda values: sign_order(subject, form, by=request.actor, at=now)):
        messages.success(request, _("Signed. The pharmacy sees the order."))
        return redirect("dosing:order", number)
    context = {"subject": subject, "screening": screening, "slot": selectors.slot_of(subject)}
    return answer(request, "order", form, **context)


def sign_order(subject: Subject, form: OrderForm, *, by: Actor, at: datetime) -> InfusionOrder:
    return actions.order_preparation(
        subject,
        values=form.record_values(),
        password=form.cleaned_data["password"],
        concerns=form.confirmed_concerns,
        by=by,
        at=at,
    )


@require_GET
def pharmacy(request: HttpRequest) -> HttpResponse:
    """What the pharmacist must prepare; nothing here tells what a kit contains."""
    require(request.actor, Task.PREPARE_PRODUCT)
    waiting = selectors.orders_at(request.actor, [OrderState.ORDERED])
    released = selectors.orders_at(request.actor, [OrderState.RELEASED, OrderState.STARTED])
    announced = selectors.announced_slots(request.actor, timezone.now())
    context = {"waiting": waiting, "released": released, "announced": announced, "now": timezone.now()}
    return render(request, "dosing/pharmacy.html", context)


@never_cache
@page
def prepare(request: HttpRequest, number: str) -> HttpResponse:
    """The unblinded page of one order: what the kit contains, on demand and recorded, and the release."""
    order, now = load_order(request, number, Task.PREPARE_PRODUCT)
    people = selectors.second_people(order, Task.PREPARE_PRODUCT, by=request.actor, at=now)
    initial = {"volume_ml": protocol_of(order.subject).bag_volume_ml}
    form = PreparationForm(request.POST or None, people=people, initial=initial)
    if taken(form, lambda values: release(order, values, by=request.actor, at=now)):
        messages.success(request, _("Released. The infusion team sees that the bag is ready."))
        return redirect("dosing:pharmacy")
    context = {"subject": order.subject, "order": order, "protocol": protocol_of(order.subject)}
    return answer(request, "prepare", form, **context)


def release(order: InfusionOrder, values: dict[str, Any], *, by: Actor, at: datetime) -> Release:
    """The sealed room takes a preparation record only from somebody whose access is committed."""
    access = record_access(
        order.subject, purpose=Purpose.PREPARE, why=_("Release of the prepared bag"), by=by
    )
    return actions.prepare(order, access=access, values=values, by=by, at=at)


@require_GET
def infusion(request: HttpRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.INFUSE)
    return bedside_page(request, subject, now)


@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    order, now = load_order(request, number, Task.INFUSE)
    form = start_form(request, order, now)
    if taken(form, lambda values: actions.start_infusion(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion is running."))
        return redirect("dosing:infusion", number)
    return bedside_page(request, order.subject, now, form)


@require_POST
def stop(request: HttpRequest, number: str) -> HttpResponse:
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
    request: HttpRequest, subject: Subject, now: datetime, form: ActionForm | None = None
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
        "vitals_before": order and order.vitals.filter(time_point=TimePoint.BEFORE).first(),
    }
    return answer(request, "infusion", form or ActionForm(), **context)


def start_form(request: HttpRequest, order: InfusionOrder, now: datetime) -> StartForm:
    people = selectors.second_people(order, Task.INFUSE, by=request.actor, at=now)
    return StartForm(request.POST or None, people=people)


def stop_form(request: HttpRequest, order: InfusionOrder) -> StopForm:
    infusion = selectors.infusion_of(order.subject)
    if infusion is None:
        raise Refused(_("The infusion has not started."))
    return StopForm(request.POST or None, instance=infusion)


@page
def vitals(request: HttpRequest, number: str) -> HttpResponse:
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
    grid = [(each, each.status(now)) for each in selectors.vitals_grid(order)]
    return answer(request, "vitals", form, subject=order.subject, order=order, grid=grid, row=row)


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
