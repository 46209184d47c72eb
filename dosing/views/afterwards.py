"""Record what happened."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dosing import actions, selectors
from dosing.forms import PastInfusionForm
from dosing.models import Infusion
from dosing.views.pages import load
from enrollment.models import Subject
from trial_site.core.actors import Actor
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task


@page
def record_past(request: StaffRequest, number: str) -> HttpResponse:
    """An infusion that was given without this system, or otherwise than it would have allowed."""
    subject, now = load(request, number, Task.INFUSE)
    form = PastInfusionForm(
        request.POST or None,
        team=selectors.holders(subject.site, Task.INFUSE, at=now),
        investigators=selectors.holders(subject.site, Task.ORDER_INFUSION, at=now),
    )
    if taken(form, lambda values: record(subject, values, by=request.actor, at=now)):
        messages.success(request, _("Recorded and signed, with a major deviation."))
        return redirect("dosing:infusion", number)
    return reply(request, "dosing/record_past.html", form, subject=subject)


def record(subject: Subject, values: dict[str, Any], *, by: Actor, at: datetime) -> Infusion:
    signing = {name: values[name] for name in ("investigator", "password")}
    given = {name: value for name, value in values.items() if name not in signing}
    return actions.record_past_infusion(subject, values=given, **signing, by=by, at=at)
