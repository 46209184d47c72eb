"""The page of the unblinded export. The file answers a POST that commits who looks and why; it is kept nowhere."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from randomization.selectors import study_unblinding
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.exports.actions import make_unblinded_export
from trial_site.exports.forms import UnblindedExportForm
from trial_site.exports.models import Export


@never_cache
@page
def unblinded(request: StaffRequest) -> HttpResponseBase:
    require(request.actor, Task.UNBLIND_STUDY)
    if study_unblinding() is None:
        return redirect("randomization:study")
    form = UnblindedExportForm(request.POST or None)
    with TemporaryDirectory() as folder:
        made: list[Export] = []
        order = partial(make_unblinded_export, directory=Path(folder), by=request.actor, at=timezone.now())
        if taken(form, lambda asked: made.append(order(**asked))):
            return FileResponse(Path(folder, made[0].file_name).open("rb"), as_attachment=True)
    return reply(request, "exports/unblinded.html", form, unblinded=study_unblinding())
