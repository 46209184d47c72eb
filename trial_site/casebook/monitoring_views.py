"""The monitor's pages: what is new at each study site, recording a visit, and the data appendix of its report."""

from crispy_forms.layout import Layout, Row
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from enrollment.selectors import sites_for
from trial_site.casebook import selectors
from trial_site.casebook.appendix import appendix
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.core.printing import pdf
from trial_site.monitoring.actions import record_monitoring_visit
from trial_site.monitoring.models import Manner

SHOWN = 50


class VisitForm(ActionForm):
    """A monitoring visit that took place."""

    held_on = forms.DateField(label=gettext_lazy("Held on"), widget=forms.DateInput({"type": "date"}))
    manner = forms.ChoiceField(label=gettext_lazy("Manner"), choices=Manner.choices)
    layout = Layout(Row("held_on", "manner"))


@require_safe
def sites(request: StaffRequest) -> HttpResponse:
    """The study sites of a monitor, with the last visit of each."""
    require(request.actor, Task.VERIFY_SOURCE)
    return render(request, "casebook/monitoring.html", {"sites": selectors.sites_to_monitor(request.actor)})


@page
def site(request: StaffRequest, code: str) -> HttpResponse:
    """What is new and what is open at one study site."""
    one, now = site_of(request, code), timezone.now()
    form, given = VisitForm(request.POST or None), {"by": request.actor, "at": now}
    if taken(form, lambda said: record_monitoring_visit(one, **said, **given)):
        messages.success(
            request, _("The visit is recorded. What is written from now on is new at the next one.")
        )
        return redirect("casebook:monitor_site", code)
    view = selectors.oversight(request.actor, one, at=now)
    context = {"site": one, "view": view, "events": view.told(SHOWN), "late": view.late[:SHOWN]}
    return reply(request, "casebook/monitoring_site.html", form, **context)


@require_safe
def report(request: StaffRequest, code: str) -> HttpResponse:
    """The data appendix of the report of a visit, as PDF."""
    one, now = site_of(request, code), timezone.now()
    view = selectors.oversight(request.actor, one, at=now)
    name = f"monitoring-appendix-{one.code}-{one.date_of(now)}.pdf"
    return HttpResponse(
        pdf("print/appendix.typ", appendix(view, monitor=request.actor.name, at=now), at=now),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def site_of(request: StaffRequest, code: str) -> StudySite:
    """A site that this person monitors; its clock is used on the page."""
    require(request.actor, Task.VERIFY_SOURCE)
    one = get_object_or_404(sites_for(request.actor, Task.VERIFY_SOURCE), code=code)
    timezone.activate(one.tz)
    return one
