"""The pharmacist's worklist, and the unblinded page of one order."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dosing import actions, selectors
from dosing.forms import PreparationForm
from dosing.models import InfusionOrder, OrderState, Release
from dosing.views.pages import load_order
from enrollment.selectors import protocol_of
from randomization.actions import record_access
from randomization.models import Purpose
from trial_site.core.actors import Actor
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require


@require_GET
def pharmacy(request: StaffRequest) -> HttpResponse:
    """What the pharmacist must prepare; nothing here tells what a kit contains."""
    require(request.actor, Task.PREPARE_PRODUCT)
    waiting = selectors.orders_at(request.actor, [OrderState.ORDERED])
    released = selectors.orders_at(request.actor, [OrderState.RELEASED, OrderState.STARTED])
    announced = selectors.announced_slots(request.actor, timezone.now())
    units = selectors.sites_with_unit(request.actor)
    context = {
        "waiting": waiting,
        "released": released,
        "announced": announced,
        "units": units,
        "now": timezone.now(),
    }
    return render(request, "dosing/pharmacy.html", context)


@never_cache
@page
def prepare(request: StaffRequest, number: str) -> HttpResponse:
    """The unblinded page of one order: what the kit contains, on demand and recorded, and the release."""
    order, now = load_order(request, number, Task.PREPARE_PRODUCT)
    people = selectors.second_people(order, Task.PREPARE_PRODUCT, by=request.actor, at=now)
    initial = {"volume_ml": protocol_of(order.subject).bag_volume_ml}
    form = PreparationForm(request.POST or None, people=people, initial=initial)
    if taken(form, lambda values: release(order, values, by=request.actor, at=now)):
        messages.success(request, _("Released. The infusion team sees that the bag is ready."))
        return redirect("dosing:pharmacy")
    context = {"subject": order.subject, "order": order, "protocol": protocol_of(order.subject)}
    return reply(request, "dosing/prepare.html", form, **context)


def release(order: InfusionOrder, values: dict[str, Any], *, by: Actor, at: datetime) -> Release:
    """The sealed room takes a preparation record only from somebody whose access is committed."""
    access = record_access(
        order.subject, purpose=Purpose.PREPARE, why=_("Release of the prepared bag"), by=by
    )
    return actions.prepare(order, access=access, values=values, by=by, at=at)
