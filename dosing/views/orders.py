"""The investigator's re-check of day 0, which is the order."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dosing import actions, selectors
from dosing.forms import OrderForm
from dosing.models import InfusionOrder
from dosing.views.pages import load
from enrollment.models import Subject
from enrollment.selectors import facts_of, protocol_of, screening_of
from trial_site.core.actors import Actor
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import signatures_of


@page
def order(request: StaffRequest, number: str) -> HttpResponse:
    """The re-check with the values of screening beside it; once signed, the order as it was given."""
    subject, now = load(request, number, Task.ORDER_INFUSION)
    given = selectors.order_of(subject)
    if given:
        context = {"subject": subject, "order": given, "signatures": signatures_of("OR", given.pk)}
        return render(request, "dosing/ordered.html", context)
    form = OrderForm(
        request.POST or None,
        initial={"rechecked_at": now, "weight_measured_on": subject.site.date_of(now)},
        screening_weight=facts_of(subject).weight_kg,
        protocol=protocol_of(subject),
    )
    if taken(form, lambda values: sign_order(subject, form, by=request.actor, at=now)):
        messages.success(request, _("Signed. The pharmacy sees the order."))
        return redirect("dosing:order", number)
    screening, slot = screening_of(subject), selectors.slot_of(subject)
    shown: dict[str, Any] = {"subject": subject, "screening": screening, "slot": slot}
    shown |= {
        "another": actions.another_bag_needed(subject),
        "called_off": selectors.called_off(subject),
    }
    return reply(request, "dosing/order.html", form, **shown)


def sign_order(subject: Subject, form: OrderForm, *, by: Actor, at: datetime) -> InfusionOrder:
    return actions.order_preparation(
        subject,
        values=form.record_values(),
        password=form.cleaned_data["password"],
        concerns=form.confirmed_concerns,
        by=by,
        at=at,
    )
