"""A laboratory's file: uploaded, looked at, taken over. The file itself is kept nowhere between the two steps."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.selectors import sites_for
from outcomes import actions
from outcomes.forms import LaboratoryFileForm, TakeOverForm
from outcomes.models import LaboratoryFile
from outcomes.rules.lab_file import Fault
from outcomes.selectors.lab_files import Preview, preview_of
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.registry import label_of, registered

FAULTS = {
    "columns": gettext_lazy("The first line must name these columns: %(found)s."),
    "too_long": gettext_lazy("A file has at most %(found)s results."),
    "cells": gettext_lazy("This line has too many or too few cells."),
    "cell_too_long": gettext_lazy("A cell of this line is too long: the file cannot be read beyond it."),
    "character": gettext_lazy("This line contains a character that cannot be stored."),
    "other_test": gettext_lazy("%(found)s is no test of this study; it is left out."),
    "unit": gettext_lazy("The unit “%(found)s” is not known for this test."),
    "time": gettext_lazy("“%(found)s” is no date and time such as 2026-03-17 08:30."),
    "number": gettext_lazy("“%(found)s” is no number."),
    "twice": gettext_lazy("%(found)s stands twice in the file for this sample."),
    "participant": gettext_lazy("%(found)s is no participant in follow-up at this study site."),
    "no_visit": gettext_lazy("No visit with this form took place or is planned on that day: %(found)s."),
    "other_time": gettext_lazy("The form of this visit has another sample time: %(found)s."),
    "impossible": gettext_lazy("This value is not possible: %(found)s."),
}


@page
def laboratory_file(request: StaffRequest, code: str) -> HttpResponse:
    site = get_object_or_404(sites_for(request.actor, Task.RECORD_LABORATORY), code=code)
    timezone.activate(site.tz)
    if "seen" in request.POST:
        return take_over(request, site)
    form = LaboratoryFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return show(request, site, form.text)
    files = LaboratoryFile.objects.filter(site=site).select_related("taken_by")[:10]
    return reply(request, "outcomes/laboratory_file.html", form, site=site, files=files)


def take_over(request: StaffRequest, site: StudySite) -> HttpResponse:
    form, given = TakeOverForm(request.POST), {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.take_over_laboratory_file(site, **values, **given)):
        messages.success(request, _("The results are taken over."))
        return redirect("outcomes:laboratory_file", site.code)
    return show(request, site, form.data.get("text", ""), form)


def show(
    request: StaffRequest, site: StudySite, text: str, refused: TakeOverForm | None = None
) -> HttpResponse:
    """The preview; refused, with the newest state of what is saved."""
    found = preview_of(text, site, at=timezone.now())
    form = refused or TakeOverForm(initial={"text": text, "seen": found.seal})
    if refused:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen"] = found.seal  # type: ignore[index]
    if not found.needs_reason:
        del form.fields["reason"]
        form.layout = None
    shown = {
        "site": site,
        "form": form,
        "preview": found,
        "rows": rows(found),
        "faults": faults(found.faults),
    }
    shown |= {"ignored": faults(found.ignored)}
    return render(request, "outcomes/laboratory_preview.html", shown, status=422 if refused else 200)


def rows(found: Preview) -> list[dict]:
    return [
        {
            "proposal": one,
            "label": label_of(one.form, name),
            "old": one.old[name],
            "new": value,
            "unit": registered(one.form).units[name],
            "doubted": name in one.doubted,
        }
        for one in found.news
        for name, value in one.values.items()
    ]


def faults(found: list[Fault]) -> list[tuple[int, str]]:
    return [(one.line, str(FAULTS[one.kind]) % {"found": one.found}) for one in found]
