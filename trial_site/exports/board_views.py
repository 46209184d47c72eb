"""The pages of the board's reports, to print. The closed one answers a POST that commits an access record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from randomization import unblinding
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.exports.board import by_group, pooled
from trial_site.exports.forms import ClosedReportForm


@require_safe
def open_report(request: StaffRequest) -> HttpResponse:
    """Pooled, without a number below five."""
    require(request.actor, Task.EXPORT)
    return render(request, "exports/open_report.html", {"lines": pooled(), "at": timezone.now()})


@never_cache
@page
def closed_report(request: StaffRequest) -> HttpResponse:
    """By group, under letters that are drawn anew with every code break."""
    require(request.actor, Task.REPORT_CLOSED)
    form: ActionForm = ClosedReportForm(request.POST or None)
    committed: list = []
    if taken(form, lambda given: committed.append(unblinding.record_study_access(**given, by=request.actor))):
        letters, lines = by_group(unblinding.groups(committed[0], by=request.actor))
        context = {"letters": letters, "lines": lines, "access": committed[0]}
        return render(request, "unblinded/closed_report.html", context)
    return reply(request, "exports/closed_report.html", form)
