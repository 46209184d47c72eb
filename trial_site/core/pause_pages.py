"""The page where a pause is entered and ended."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import Pause, Paused, StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.pauses import in_force, pause, resume
from trial_site.core.permissions import Task, require


class PauseForm(ActionForm):
    what = forms.ChoiceField(
        label=gettext_lazy("What is paused"), choices=Paused.choices, widget=forms.RadioSelect
    )
    site = forms.ModelChoiceField(
        label=gettext_lazy("Study site"),
        queryset=StudySite.objects.all(),
        required=False,
        empty_label=gettext_lazy("All study sites"),
    )
    decided_by = forms.ChoiceField(label=gettext_lazy("Decided by"), choices=Pause.Decision.choices)
    layout = Layout("what", "site", "decided_by")


class ResumeForm(ActionForm):
    reason = forms.CharField(label=gettext_lazy("Reason for resuming"), max_length=300)
    layout = Layout("reason")


@page
def pauses(request: StaffRequest) -> HttpResponse:
    """What is paused, and the form that enters another decision."""
    require(request.actor, Task.PAUSE_STUDY)
    form = PauseForm(request.POST or None)
    if taken(form, lambda given: enter(given, request)):
        messages.success(request, _("Paused. Everybody concerned sees it on every page."))
        return redirect("pauses")
    return shown(request, form)


def enter(given: dict[str, Any], request: StaffRequest) -> Pause:
    return pause(**given, by=request.actor, at=timezone.now())


@require_POST
def end_pause(request: StaffRequest, key: int) -> HttpResponse:
    """End one pause."""
    require(request.actor, Task.PAUSE_STUDY)
    one, form = get_object_or_404(Pause, pk=key), ResumeForm(request.POST)
    if taken(form, lambda given: resume(one, **given, by=request.actor, at=timezone.now())):
        messages.success(request, _("Resumed."))
        return redirect("pauses")
    return shown(request, form)


def shown(request: StaffRequest, form: ActionForm) -> HttpResponse:
    entering = form if isinstance(form, PauseForm) else PauseForm()
    ended = Pause.objects.exclude(resumed_at=None).select_related("site", "paused_by", "resumed_by")
    current = in_force().select_related("site", "paused_by")
    context = {"entering": entering, "current": current, "ended": ended}
    return reply(request, "core/pauses.html", form, **context)
