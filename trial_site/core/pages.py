"""What every page does with its form: hand the values to one action, and show a refusal beside what was typed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest

page = require_http_methods(["GET", "POST"])


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
    """The page with its form; 422 when something in it is wrong."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
