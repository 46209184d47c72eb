"""Used and unused bags and lines come back to the pharmacy."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dosing import actions, selectors
from dosing.forms import ReturnForm
from dosing.views.pages import load
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task


@page
def take_back(request: StaffRequest, number: str) -> HttpResponse:
    """What a participant's bags became as everybody may know it, and the form of their return."""
    subject, now = load(request, number, Task.PREPARE_PRODUCT)
    people = selectors.holders(subject.site, Task.INFUSE, at=now).exclude(pk=request.actor.person_id)
    form = ReturnForm(request.POST or None, people=people)
    if taken(form, lambda values: actions.take_back(subject, **values, by=request.actor, at=now)):
        messages.success(
            request, _("The bag is back. What is left in it and its destruction are recorded in the stock.")
        )
        return redirect("dosing:pharmacy")
    context = {"subject": subject, "out": selectors.bags_out_of(subject)}
    return reply(request, "dosing/return.html", form, **context)
