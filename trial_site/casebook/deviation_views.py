"""Deviations from the protocol: all of them, one to close, and one to report about a participant."""

from crispy_forms.layout import Layout, Row
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from enrollment.models import Subject
from trial_site.casebook import selectors
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring.actions import close_deviation, raise_deviation
from trial_site.monitoring.models import Deviation, DeviationGrade, DeviationKind
from trial_site.monitoring.selectors import deviations_for, ref_of

NO_NAMES = gettext_lazy("Write no names and nothing about which treatment was given.")


def prose(label: object) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=NO_NAMES,
    )


class DeviationForm(ActionForm):
    """A departure from the protocol, as whoever noticed it reports it."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=DeviationKind.choices)
    grade = forms.ChoiceField(label=gettext_lazy("Grade"), choices=DeviationGrade.choices)
    occurred_on = forms.DateField(label=gettext_lazy("Happened on"))
    text = prose(gettext_lazy("What happened"))
    layout = Layout(Row("kind", "grade", "occurred_on"), "text")


class CorrectiveForm(ActionForm):
    corrective_action = prose(gettext_lazy("Corrective action"))
    layout = Layout("corrective_action")


@require_safe
def deviations(request: StaffRequest) -> HttpResponse:
    """Every deviation this person may read, the open ones first."""
    require(request.actor, Task.VIEW_CASEBOOK)
    found = deviations_for(request.actor).order_by("-state", "-id")
    return render(request, "casebook/deviations.html", {"deviations": found})


@page
def deviation(request: StaffRequest, number: str) -> HttpResponse:
    """One deviation; whoever may closes it with what was done about it."""
    one = get_object_or_404(deviations_for(request.actor), number=number)
    form = CorrectiveForm(request.POST or None)
    given = {"by": request.actor, "at": timezone.now()}
    if request.POST:
        require(request.actor, Task.CLOSE_DEVIATION, one.site_id)
    if taken(form, lambda values: close_deviation(one, **values, **given)):
        messages.success(request, _("The deviation is closed."))
        return redirect("casebook:deviations")
    may_close = one.state == "open" and can(request.actor, Task.CLOSE_DEVIATION, one.site_id)
    return reply(
        request,
        "casebook/deviation.html",
        form,
        deviation=one,
        may_close=may_close,
    )


@page
def report_deviation(request: StaffRequest, number: str) -> HttpResponse:
    """Report a deviation about a participant."""
    subject = selectors.subject_to_read(request.actor, number)
    require(request.actor, Task.RAISE_DEVIATION, subject.site_id)
    timezone.activate(subject.site.tz)
    form = DeviationForm(request.POST or None)
    if taken(form, lambda values: reported(subject, values, request)):
        messages.success(request, _("The deviation is reported."))
        return redirect("casebook:deviations")
    return reply(request, "casebook/report_deviation.html", form, subject=subject)


def reported(subject: Subject, values: dict, request: StaffRequest) -> Deviation:
    now = timezone.now()
    if values["occurred_on"] > subject.site.date_of(now):
        raise Refused(fields={"occurred_on": _("This date is in the future.")})
    return raise_deviation(ref_of("SU", subject), **values, by=request.actor, at=now)
