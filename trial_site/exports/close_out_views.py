"""Pages of the close-out: the certified copy of a study site's records, and its closing."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from enrollment.selectors import sites_for
from trial_site.core.actions import open_site_again
from trial_site.core.forms import ActionForm, password_field
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.exports import actions
from trial_site.exports.certified import MEANING
from trial_site.exports.close_out import close_out
from trial_site.exports.selectors import certified_copies, is_locked
from trial_site.exports.views import begin
from trial_site.exports.work import file_of

READERS = (Task.VIEW_CASEBOOK, Task.LOCK)


class CertifyForm(ActionForm):
    password = password_field(gettext_lazy("Your password"), autocomplete="current-password")
    layout = Layout("password")


class OpenAgainForm(ActionForm):
    reason = forms.CharField(label=gettext_lazy("Why is it opened again?"), max_length=500)
    layout = Layout("reason")


@require_safe
def sites(request: StaffRequest) -> HttpResponse:
    """The study sites whose forms this person reads: locked or not, closed or not."""
    if not any(can(request.actor, task) for task in READERS):
        require(request.actor, Task.VIEW_CASEBOOK)
    found = [(one, is_locked(one.code)) for one in sites_for(request.actor, *READERS).order_by("code")]
    return render(request, "exports/close_out.html", {"sites": found})


@page
def site(request: StaffRequest, code: str) -> HttpResponse:
    """One site: its certified copies; with the right to lock, certifying another one."""
    one, now = site_of(request, code), timezone.now()
    if request.method == "POST":
        require(request.actor, Task.LOCK, one.pk)
    form = CertifyForm(request.POST if request.method == "POST" else None)
    given = {"by": request.actor, "at": now}
    if taken(form, lambda said: actions.order_certified_copy(one, password=said["password"], **given)):
        begin()
        messages.success(request, _("You certified the copy. It is being written."))
        return redirect("exports:close_out_site", code)
    return reply(request, "exports/close_out_site.html", form, **shown(request, one))


@require_POST
def close(request: StaffRequest, code: str) -> HttpResponse:
    """Whoever worked at the site reads from now on, and writes nothing."""
    one = site_of(request, code)
    close_out(one, by=request.actor, at=timezone.now())
    messages.success(request, _("Study site %(site)s is closed.") % {"site": one})
    return redirect("exports:close_out_site", code)


@page
def open_again(request: StaffRequest, code: str) -> HttpResponse:
    """With a reason."""
    one = site_of(request, code)
    require(request.actor, Task.LOCK, one.pk)
    form = OpenAgainForm(request.POST if request.method == "POST" else None)
    if taken(form, lambda said: open_site_again(one, reason=said["reason"], by=request.actor)):
        messages.success(request, _("Study site %(site)s is open again.") % {"site": one})
        return redirect("exports:close_out_site", code)
    return reply(request, "exports/open_again.html", form, site=one)


@require_POST
def take_copy(request: StaffRequest, code: str, copy: str) -> FileResponse:
    """The copy itself; the audit trail says who took it when."""
    found = get_object_or_404(certified_copies(site_of(request, code)), code=copy)
    actions.hand_out(found, by=request.actor, at=timezone.now())
    return FileResponse(file_of(found).open("rb"), as_attachment=True)


def site_of(request: StaffRequest, code: str) -> StudySite:
    """A site whose forms this person reads, or which they may lock, else Http404; its clock is used on the page."""
    if not any(can(request.actor, task) for task in READERS):
        require(request.actor, Task.VIEW_CASEBOOK)
    one = get_object_or_404(sites_for(request.actor, *READERS), code=code)
    timezone.activate(one.tz)
    return one


def shown(request: StaffRequest, one: StudySite) -> dict[str, Any]:
    return {
        "site": one,
        "locked": is_locked(one.code),
        "copies": certified_copies(one),
        "may_lock": can(request.actor, Task.LOCK, one.pk),
        "may_take": can(request.actor, Task.VIEW_CASEBOOK, one.pk),
        "meaning": MEANING,
    }
