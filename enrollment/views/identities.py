"""The identification log. A page shows who somebody is only in reply to a POST that was put on record."""

from dataclasses import asdict
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import IdentityForm
from enrollment.models import Subject
from enrollment.rules.identities import Identity
from enrollment.selectors import same_person, subjects_for
from enrollment.views.pages import load
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task


@page
def identity(request: StaffRequest, number: str) -> HttpResponse:
    """Whether there is an entry, who looked at it, and a new entry."""
    subject, now = load(request, number, Task.KEEP_IDENTITIES)
    form = IdentityForm(request.POST or None)
    if taken(
        form,
        lambda _values: actions.record_identity(subject, identity=form.identity(), by=request.actor, at=now),
    ):
        messages.success(request, _("The entry is sealed."))
        return redirect("enrollment:identity", number)
    return log_page(request, subject, form)


@require_POST
def show_identity(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.KEEP_IDENTITIES)
    known = asdict(opened(request, subject, now))
    return log_page(request, subject, IdentityForm(initial=known), known=known)


def opened(request: StaffRequest, subject: Subject, now: datetime) -> Identity:
    return actions.identity_in(actions.open_identity(subject, by=request.actor, at=now))


def log_page(request: StaffRequest, subject: Subject, form: IdentityForm, **known: object) -> HttpResponse:
    context = {
        "subject": subject,
        "entry": subject.identity_entries.select_related("entered_by").last(),
        "views": subject.identity_views.select_related("viewed_by"),
        "sightings": sightings(request, subject),
    }
    return reply(request, "enrollment/identity.html", form, **context, **known)


def sightings(request: StaffRequest, subject: Subject) -> list[str]:
    """The numbers under which the same person seems to be known; another site's number is not told."""
    visible = set(subjects_for(request.actor).values_list("pk", flat=True))
    return [
        _("participant %(number)s") % {"number": other.number}
        if other.pk in visible
        else _("a participant of another study site")
        for other in same_person(subject)
    ]
