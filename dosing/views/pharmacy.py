"""The pharmacist's day, and the page of one order."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dosing import actions, selectors
from dosing.forms import FailForm, PreparationForm, ProblemForm
from dosing.models import InfusionOrder, OrderState, Release
from dosing.rules.preparation import dose_millions, release_from
from dosing.views.labels import texts_of
from dosing.views.pages import load, load_order
from enrollment.selectors import protocol_of
from randomization.actions import record_access
from randomization.models import AccessRecord, Purpose
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.core.printing import pdf


@require_GET
def pharmacy(request: StaffRequest) -> HttpResponse:
    """The pharmacist's day; nothing here tells what a kit contains until it is asked for."""
    require(request.actor, Task.PREPARE_PRODUCT)
    now = timezone.now()
    out = [OrderState.RELEASED, OrderState.HANDED_OVER, OrderState.STARTED]
    bags = selectors.bags_to_prepare(request.actor, now)
    later = selectors.announced_slots(request.actor, now).exclude(pk__in=[bag.slot.pk for bag in bags])
    context = {
        "bags": bags,
        "released": selectors.orders_at(request.actor, out),
        "out": selectors.bags_out(request.actor),
        "announced": later,
        "units": selectors.sites_with_unit(request.actor),
        "now": now,
    }
    return render(request, "dosing/pharmacy.html", context)


@never_cache
@page
def prepare(request: StaffRequest, number: str) -> HttpResponse:
    """The unblinded page of one order: what the kit contains, on demand and recorded, the release, or what failed.

    Both are sent to one address, for logs keep addresses.
    """
    order, now = load_order(request, number, Task.PREPARE_PRODUCT)
    if "failed_kit" in request.POST:
        return fail(request, order, now)
    form = preparation_form(request, order, now, request.POST or None)
    if taken(form, lambda values: release(order, values, by=request.actor, at=now)):
        messages.success(request, _("Released. The infusion team sees that the bag is ready."))
        return redirect("dosing:prepare", number)
    return prepare_page(request, order, now, form)


def release(order: InfusionOrder, values: dict[str, Any], *, by: Actor, at: datetime) -> Release:
    """The sealed room takes a preparation record only from somebody whose access is committed."""
    return actions.prepare(order, access=access_to(order, by=by), values=values, by=by, at=at)


def fail(request: StaffRequest, order: InfusionOrder, now: datetime) -> HttpResponse:
    """The preparation failed: first that is recorded in the sealed room, then another kit fills the same bag."""
    form = FailForm(request.POST)
    if taken(form, lambda values: start_again(order, values, by=request.actor, at=now)):
        messages.success(request, _("Another kit fills the same bag. Look into it again."))
        return redirect("dosing:prepare", order.subject.number)
    return prepare_page(request, order, now, form)


def start_again(order: InfusionOrder, values: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """Two steps, each under a record of its own: the room chooses only after the failure is committed."""
    actions.fail_preparation(order, access=access_to(order, by=by), **values, by=by, at=at)
    if not actions.fill_from_another_kit(order, access=access_to(order, by=by), by=by, at=at):
        raise Refused(_("There is no other usable kit with the same contents on the shelf."))


def access_to(order: InfusionOrder, *, by: Actor) -> AccessRecord:
    """One record whatever becomes of the preparation, always for the same reason: only cells can fail a count."""
    why = _("Preparation of the ordered infusion")
    return record_access(order.subject, purpose=Purpose.PREPARE, why=why, by=by)


@require_POST
def call_back(request: StaffRequest, number: str) -> HttpResponse:
    """The pharmacy calls a bag back, or cannot provide one today: the same words whatever the reason."""
    order, now = load_order(request, number, Task.PREPARE_PRODUCT)
    form = ProblemForm(request.POST, kinds=actions.problems_to_report(order, request.actor))
    if taken(form, lambda values: actions.report_problem(order, **values, by=request.actor, at=now)):
        messages.success(request, _("The order is called off. The infusion team sees it."))
        return redirect("dosing:pharmacy")
    return prepare_page(request, order, now, form)


@require_GET
def label(request: StaffRequest, number: str) -> HttpResponse:
    """The blinded label of a released bag, in both languages of the study, to be printed."""
    order, _now = load_order(request, number, Task.PREPARE_PRODUCT)
    if not hasattr(order, "release"):
        raise Refused(_("The label is printed when the bag is released."))
    return HttpResponse(pdf("print/label.typ", texts_of(order)), content_type="application/pdf")


@require_POST
def another_bag(request: StaffRequest, number: str) -> HttpResponse:
    """Another kit for a new attempt inside the window, asked for by investigator or pharmacist."""
    subject, now = load(request, number, Task.ORDER_INFUSION, Task.PREPARE_PRODUCT)
    kit = actions.ask_for_another_bag(subject, by=request.actor, at=now)
    messages.success(request, _("Another bag is assigned: %(number)s.") % {"number": kit.number})
    if can(request.actor, Task.PREPARE_PRODUCT, subject.site_id):
        return redirect("dosing:pharmacy")
    return redirect("dosing:order", number)


def preparation_form(
    request: StaffRequest, order: InfusionOrder, now: datetime, data: QueryDict | None = None
) -> PreparationForm:
    people = selectors.second_people(order, Task.PREPARE_PRODUCT, by=request.actor, at=now)
    initial = {"volume_ml": protocol_of(order.subject).bag_volume_ml}
    return PreparationForm(data, people=people, initial=initial)


def prepare_page(
    request: StaffRequest, order: InfusionOrder, now: datetime, form: ActionForm
) -> HttpResponse:
    protocol, kinds = protocol_of(order.subject), actions.problems_to_report(order, request.actor)
    preparing = isinstance(form, PreparationForm)
    context = {
        "subject": order.subject,
        "order": order,
        "protocol": protocol,
        "dose": dose_millions(order.weight_kg, protocol),
        "release_from": release_from(order.slot.starts_at, protocol),
        "preparing": form if preparing else preparation_form(request, order, now),
        "failing": form if isinstance(form, FailForm) else FailForm(),
        "reporting": form if isinstance(form, ProblemForm) else ProblemForm(kinds=kinds),
    }
    return reply(request, "dosing/prepare.html", form, **context)
