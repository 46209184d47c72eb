from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.actions.endings import MAY_RECORD
from enrollment.forms import ContactAttemptForm, EndingForm, TakeBackForm
from enrollment.models import Ending, EndingKind, Subject
from enrollment.selectors import days_in_vain, protocol_of, subject_for
from enrollment.views.pages import load
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require


@page
def ending(request: StaffRequest, number: str) -> HttpResponse:
    """Death, loss to follow-up and the investigator's decision to stop treatment."""
    subject, now = load_to_end(request, number)
    form = EndingForm(request.POST or None, initial={"on": subject.site.date_of(now)})
    form.fields["kind"].choices = kinds_for(request, subject)
    if taken(form, lambda values: actions.record_ending(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("Recorded. What was waiting for the participant follows from it."))
        return redirect("casebook:subject", number)
    return endings_page(request, subject, form)


@require_POST
def take_back_ending(request: StaffRequest, number: str, ending: int) -> HttpResponse:
    subject, now = load_to_end(request, number)
    record = get_object_or_404(subject.endings, pk=ending)
    form = take_back_form(record, request.POST)
    if taken(form, lambda values: actions.take_back_ending(record, **values, by=request.actor, at=now)):
        messages.success(request, _("This no longer stands; the record stays in the casebook."))
        return redirect("casebook:subject", number)
    return endings_page(request, subject, form)


@page
def contacts(request: StaffRequest, number: str) -> HttpResponse:
    """Attempts to reach a participant who stays away."""
    subject, now = load(request, number, Task.SCREEN)
    form = ContactAttemptForm(request.POST or None, initial={"on": subject.site.date_of(now)})
    if taken(
        form, lambda values: actions.record_contact_attempt(subject, **values, by=request.actor, at=now)
    ):
        messages.success(request, _("The attempt is recorded."))
        return redirect("enrollment:contacts", number)
    context = {
        "subject": subject,
        "attempts": subject.contact_attempts.all(),
        "in_vain": days_in_vain(subject),
        "needed": protocol_of(subject).lost_after_attempts,
    }
    return reply(request, "enrollment/contacts.html", form, **context)


def kinds_for(request: StaffRequest, subject: Subject) -> list[tuple[str, str]]:
    """What this person may record of this participant."""
    return [
        (kind.value, str(kind.label))
        for kind in EndingKind
        if can(request.actor, MAY_RECORD[kind], subject.site_id)
    ]


def load_to_end(request: StaffRequest, number: str) -> tuple[Subject, datetime]:
    """The participant, for whoever may record any of the endings; the page keeps the study site's clock."""
    subject = subject_for(request.actor, number)
    if not kinds_for(request, subject):
        require(request.actor, Task.SCREEN, subject.site_id)
    timezone.activate(subject.site.tz)
    return subject, timezone.now()


def take_back_form(ending: Ending, data: QueryDict | None = None) -> TakeBackForm:
    return TakeBackForm(data, auto_id=f"id_{ending.pk}_%s")


def endings_page(request: StaffRequest, subject: Subject, form: ActionForm) -> HttpResponse:
    """The page with what was posted: a new ending, or why one no longer stands."""
    new = EndingForm() if isinstance(form, TakeBackForm) else form
    new.fields["kind"].choices = kinds_for(request, subject)
    recorded = [(ending, take_back_form(ending)) for ending in subject.endings.all()]
    return reply(request, "enrollment/ending.html", form, subject=subject, recorded=recorded, new=new)
