"""What every page of dosing does: load and authorise, one action, reply. Dates and times are the study site's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dosing.models import InfusionOrder
from dosing.selectors import order_of
from enrollment.models import Subject
from enrollment.selectors import subject_for
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require

page = require_http_methods(["GET", "POST"])


def load(request: StaffRequest, number: str, task: Task) -> tuple[Subject, datetime]:
    """The participant this person may do `task` for, and what time it is."""
    subject = subject_for(request.actor, number)
    require(request.actor, task, subject.site_id)
    timezone.activate(subject.site.tz)
    return subject, timezone.now()


def load_order(request: StaffRequest, number: str, task: Task) -> tuple[InfusionOrder, datetime]:
    subject, now = load(request, number, task)
    order = order_of(subject)
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


def reply(request: StaffRequest, template: str, form: ActionForm, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, f"dosing/{template}.html", {"form": form, **context}, status=status)
