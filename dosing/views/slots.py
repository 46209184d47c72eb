"""Who must be infused when, and the time reserved for it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dosing import actions, selectors
from dosing.forms import CancelSlotForm, MoveSlotForm, SlotForm
from dosing.models import InfusionSlot
from dosing.views.pages import load
from enrollment.models import Subject
from enrollment.selectors import infusion_window, protocol_of
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require

WORKLIST_TASKS = (Task.SCHEDULE_INFUSION, Task.ORDER_INFUSION, Task.INFUSE)


@require_GET
def worklist(request: StaffRequest) -> HttpResponse:
    """Who must be infused when, the last possible day first."""
    if not any(can(request.actor, task) for task in WORKLIST_TASKS):
        require(request.actor, Task.INFUSE)
    due = selectors.due_infusions(request.actor, timezone.now())
    units = selectors.sites_with_unit(request.actor)
    return render(request, "dosing/worklist.html", {"due": due, "units": units})


@page
def slot(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCHEDULE_INFUSION)
    form = SlotForm(request.POST or None)
    if taken(form, lambda values: actions.reserve_slot(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion slot is reserved."))
        return redirect("dosing:slot", number)
    return slot_page(request, subject, now, form)


@require_POST
def move_slot(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCHEDULE_INFUSION)
    reserved, form = reserved_slot(subject), MoveSlotForm(request.POST)
    if taken(form, lambda values: actions.move_slot(reserved, **values, by=request.actor, at=now)):
        messages.success(request, _("The infusion is moved. The pharmacy is told."))
        return redirect("dosing:slot", number)
    return slot_page(request, subject, now, form)


@require_POST
def cancel_slot(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCHEDULE_INFUSION)
    reserved, form = reserved_slot(subject), CancelSlotForm(request.POST)
    if taken(form, lambda values: actions.cancel_slot(reserved, **values, by=request.actor, at=now)):
        messages.success(request, _("The slot is free again."))
        return redirect("dosing:slot", number)
    return slot_page(request, subject, now, form)


def reserved_slot(subject: Subject) -> InfusionSlot:
    slot = selectors.slot_of(subject)
    if slot is None:
        raise Refused(_("This slot is no longer reserved."))
    return slot


def slot_page(request: StaffRequest, subject: Subject, now: datetime, form: ActionForm) -> HttpResponse:
    reserved = selectors.slot_of(subject)
    context = {
        "subject": subject,
        "slot": reserved,
        "order": selectors.order_of(subject),
        "obstacle": actions.slot_obstacle(subject),
        "days": selectors.free_days(subject, at=now),
        "slots": selectors.slots_of(subject),
        "unit": selectors.unit_of(subject.site),
        "window": infusion_window(subject),
        "protocol": protocol_of(subject),
        "today": subject.site.date_of(now),
        "cancel": form if isinstance(form, CancelSlotForm) else CancelSlotForm(),
        "move": form if isinstance(form, MoveSlotForm) else MoveSlotForm(),
    }
    return reply(request, "dosing/slot.html", form, **context)
