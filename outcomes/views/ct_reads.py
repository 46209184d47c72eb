"""The pages of CT readers: codes in an order of their own, and nothing about whom a code belongs to."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from outcomes import actions
from outcomes.forms import EndpointReadForm
from outcomes.selectors.ct_reads import scans_to_read
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require


@require_safe
def ct_reads(request: StaffRequest) -> HttpResponse:
    require(request.actor, Task.READ_CT)
    return render(request, "outcomes/ct_reads.html", {"scans": scans_to_read(request.actor)})


@page
def read_ct(request: StaffRequest, code: str) -> HttpResponse:
    require(request.actor, Task.READ_CT)
    scan = next((one for one in scans_to_read(request.actor) if one.code == code), None)
    if scan is None:
        raise Http404
    form, given = EndpointReadForm(request.POST or None), {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.read_scan(scan, values=values, **given)):
        messages.success(request, _("The read is kept."))
        return redirect("outcomes:ct_reads")
    return reply(request, "outcomes/read_ct.html", form, code=scan.code)
