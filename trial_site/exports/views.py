from contextlib import suppress

from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require
from trial_site.exports import actions
from trial_site.exports.forms import ExportForm
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.selectors import export_for, exports_for
from trial_site.exports.tasks import make_waiting_exports
from trial_site.exports.work import file_of


@require_safe
def exports(request: StaffRequest) -> HttpResponse:
    """Choose what to export; below it, what has been exported of the same study sites."""
    require(request.actor, Task.EXPORT)
    return page(request, ExportForm(actor=request.actor))


@require_POST
def make(request: StaffRequest) -> HttpResponse:
    """Ask for an export; its own page tells how far it is."""
    require(request.actor, Task.EXPORT)
    form = ExportForm(request.POST, actor=request.actor)
    if form.is_valid():
        try:
            return order(request, form)
        except Refused as refusal:
            form.refuse(refusal)
    return page(request, form, status=422)


def order(request: StaffRequest, form: ExportForm) -> HttpResponseRedirect:
    format = ExportFormat(form.cleaned_data["format"])
    export = actions.order_export(format=format, wish=form.wish, by=request.actor, at=timezone.now())
    begin()
    return redirect("exports:export", export.code)


def begin() -> None:
    """Beat looks for waiting exports, too: a broker that is down only makes it slower."""
    with suppress(OperationalError):
        make_waiting_exports.apply_async(retry=False)


@require_safe
def export(request: StaffRequest, code: str) -> HttpResponse:
    """One export: how far it is, and when it is ready, what it holds."""
    found = mine(request, code)
    template = "exports/progress.html" if request.htmx else "exports/export.html"
    return render(request, template, {"export": found, "percent": percent(found)})


@require_POST
def take(request: StaffRequest, code: str) -> FileResponse:
    """The file itself; the audit trail says who took it when."""
    found = mine(request, code)
    actions.hand_out(found, by=request.actor, at=timezone.now())
    return FileResponse(file_of(found).open("rb"), as_attachment=True)


@require_safe
def manifest(request: StaffRequest, code: str) -> JsonResponse:
    found = mine(request, code)
    return JsonResponse(found.manifest, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_POST
def cancel(request: StaffRequest, code: str) -> HttpResponseRedirect:
    actions.cancel_export(mine(request, code), by=request.actor, at=timezone.now())
    return redirect("exports:export", code)


def mine(request: StaffRequest, code: str) -> Export:
    require(request.actor, Task.EXPORT)
    return export_for(request.actor, code)


def percent(export: Export) -> int:
    return 100 * export.done // export.total if export.total else 0


def page(request: StaffRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "exports": exports_for(request.actor)[:50]}
    return render(request, "exports/exports.html", context, status=status)
