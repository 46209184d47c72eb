from pathlib import Path
from tempfile import TemporaryDirectory

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.forms import ExportForm
from trial_site.exports.models import ExportFormat
from trial_site.exports.selectors import exports_for


@require_safe
def exports(request: StaffRequest) -> HttpResponse:
    """Choose what to export; below it, what has been exported of the same study sites."""
    require(request.actor, Task.EXPORT)
    return page(request, ExportForm(actor=request.actor))


@require_POST
def make(request: StaffRequest) -> HttpResponse | FileResponse:
    """Hand out the file. It is not kept: open, it outlives its folder just until it has been sent."""
    require(request.actor, Task.EXPORT)
    form = ExportForm(request.POST, actor=request.actor)
    if form.is_valid():
        try:
            return download(request, form)
        except Refused as refusal:
            form.refuse(refusal)
    return page(request, form, status=422)


def download(request: StaffRequest, form: ExportForm) -> FileResponse:
    chosen = form.cleaned_data
    with TemporaryDirectory(prefix="trial-export-") as folder:
        export = make_blinded_export(
            format=ExportFormat(chosen["format"]),
            forms=chosen["forms"],
            by=request.actor,
            at=timezone.now(),
            directory=Path(folder),
        )
        return FileResponse(Path(folder, export.file_name).open("rb"), as_attachment=True)


def page(request: StaffRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "exports": exports_for(request.actor)[:50]}
    return render(request, "exports/exports.html", context, status=status)
