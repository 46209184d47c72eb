"""The identification log. A page shows who somebody is only in reply to a POST that was put on record."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import EmailContactForm, IdentityForm
from enrollment.models import EmailContact, IdentityEntry, Subject
from enrollment.selectors import same_person, subjects_for
from enrollment.views.pages import load
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
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
    return log_page(request, subject, form, identity_form=form)


@require_POST
def show_identity(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.KEEP_IDENTITIES)
    entry = actions.open_identity(subject, by=request.actor, at=now)
    shown = opened(entry, subject.email_contacts.last())
    form = IdentityForm(initial=shown.get("known"))
    return log_page(request, subject, form, identity_form=form, **shown)


@require_POST
def email_contact(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.KEEP_IDENTITIES)
    form, given = EmailContactForm(request.POST), {"by": request.actor, "at": now}
    if taken(form, lambda values: actions.record_email_contact(subject, **values, **given)):
        messages.success(request, _("The answer is kept."))
        return redirect("enrollment:identity", number)
    return log_page(request, subject, form, email_form=form)


def opened(entry: IdentityEntry, contact: EmailContact | None) -> dict[str, Any]:
    """What the keys of this installation open, and a sentence about what they do not."""
    shown: dict[str, Any] = {}
    try:
        shown["known"] = asdict(actions.identity_in(entry))
        shown["email"] = actions.address_in(contact) if contact else ""
    except Refused as refusal:
        shown["lost"] = refusal.sentence
    return shown


def log_page(request: StaffRequest, subject: Subject, typed: ActionForm, **shown: Any) -> HttpResponse:
    contact = subject.email_contacts.select_related("entered_by").last()
    answered = {"agreed": "yes" if contact.agreed else "no", "language": contact.language} if contact else {}
    answered["email"] = shown.get("email", "")
    context = {
        "contact": contact,
        "identity_form": IdentityForm(),
        "email_form": EmailContactForm(initial=answered),
        "subject": subject,
        "entry": subject.identity_entries.select_related("entered_by").last(),
        "views": subject.identity_views.select_related("viewed_by"),
        "sightings": sightings(request, subject),
    }
    return reply(request, "enrollment/identity.html", typed, **context | shown)


def sightings(request: StaffRequest, subject: Subject) -> list[str]:
    """The numbers under which the same person seems to be known; another site's number is not told."""
    visible = set(subjects_for(request.actor).values_list("pk", flat=True))
    return [
        _("participant %(number)s") % {"number": other.number}
        if other.pk in visible
        else _("a participant of another study site")
        for other in same_person(subject)
    ]
