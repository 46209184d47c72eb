"""Drafts of forms outside visits: kept while somebody types, taken over by a colleague, discarded."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from outcomes import actions
from outcomes.forms import AdverseEventForm, EntryForm
from outcomes.views.entries import entry_form
from outcomes.views.safety import event_form
from trial_site.core.drafts import Typed, refuse_somebody_else
from trial_site.core.http import StaffRequest

Form = AdverseEventForm | EntryForm


@require_POST
def keep_draft(request: StaffRequest, number: str, form: str, entry: int) -> HttpResponse:
    """Keeps a form as it is typed so far, and answers what would be said of it."""
    refuse_somebody_else(request)
    typed = opened(request, number, form, entry)
    actions.keep_form_draft(
        typed.subject,
        form=typed.code,
        place=typed.place,
        typed=Typed.of(request.POST, typed.fields),
        saved=typed.instance.version if typed.instance.pk else 0,
        by=request.actor,
        at=timezone.now(),
    )
    remarks = typed.remarks(typing=request.POST.get("typing", ""))
    return render(request, "outcomes/check.html", {"remarks": remarks})


@require_POST
def take_over_draft(request: StaffRequest, number: str, form: str, entry: int) -> HttpResponse:
    """Go on with a colleague's draft."""
    typed, given = opened(request, number, form, entry), {"by": request.actor, "at": timezone.now()}
    actions.take_over_form_draft(typed.subject, form=typed.code, place=typed.place, **given)
    return redirect(page_of(request, typed))


@require_POST
def discard_draft(request: StaffRequest, number: str, form: str, entry: int) -> HttpResponse:
    """Give up one's own draft."""
    typed = opened(request, number, form, entry)
    actions.discard_form_draft(typed.subject, form=typed.code, place=typed.place, by=request.actor)
    messages.success(request, _("The draft is discarded. The form shows what is saved."))
    return redirect(page_of(request, typed))


def opened(request: StaffRequest, number: str, form: str, entry: int) -> Form:
    """The form as its page shows it; `entry` is 0 for a new one."""
    return event_form(request, number, entry) if form == "AE" else entry_form(request, number, form, entry)


def page_of(request: StaffRequest, form: Form) -> str:
    number, entry = form.subject.number, getattr(form.instance, "number", None)
    if form.code == "AE":
        names = ("amend_adverse_event", [number, entry]) if entry else ("adverse_event", [number])
    else:
        names = ("entry", [number, form.code, entry]) if entry else ("entries", [number, form.code])
    asked = request.GET.urlencode()
    return reverse(f"outcomes:{names[0]}", args=names[1]) + (f"?{asked}" if asked else "")
