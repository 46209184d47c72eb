from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import EligibilityForm, ScreenFailureForm, UnsignForm
from enrollment.models import Subject
from enrollment.rules import Verdict
from enrollment.selectors import (
    SIGNABLE,
    current_verdict,
    draft_of,
    facts_of,
    protocol_of,
    screening_of,
    signed_eligibility,
)
from enrollment.views.identities import sightings
from enrollment.views.pages import load
from enrollment.views.screening import OPEN_STATES
from enrollment.views.verdicts import changed_since, panel, titles
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import signatures_of


@page
def eligibility(request: StaffRequest, number: str) -> HttpResponse:
    """The verdict criterion by criterion, and the investigator's signature on it."""
    subject, now = load(request, number, Task.ASSESS_ELIGIBILITY)
    form = EligibilityForm(request.POST or None)
    if taken(form, lambda values: actions.sign_eligibility(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("You signed: participant %(number)s is eligible.") % {"number": number})
        return redirect("casebook:subject", number)
    return decision(request, subject, now, form if form.is_bound else None)


@require_POST
def screen_failure(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.ASSESS_ELIGIBILITY)
    form = failure_form(subject, current_verdict(subject, subject.site.date_of(now)), request.POST)
    if taken(
        form, lambda _: actions.record_screen_failure(subject, **form.decision(), by=request.actor, at=now)
    ):
        messages.success(
            request, _("You signed: participant %(number)s is a screen failure.") % {"number": number}
        )
        return redirect("casebook:subject", number)
    return decision(request, subject, now, form)


@require_POST
def unsign(request: StaffRequest, number: str) -> HttpResponse:
    """Take a signed eligibility back, so that the screening form can be changed."""
    subject, now = load(request, number, Task.ASSESS_ELIGIBILITY)
    form = UnsignForm(request.POST)
    if taken(form, lambda values: actions.unsign_eligibility(subject, **values, by=request.actor, at=now)):
        messages.success(
            request, _("The signature is taken back. Sign again once the screening form is right.")
        )
        return redirect("enrollment:eligibility", number)
    return decision(request, subject, now, form)


def failure_form(subject: Subject, verdict: Verdict, data: QueryDict | None = None) -> ScreenFailureForm:
    return ScreenFailureForm(data, **titles(verdict, protocol_of(subject)))


def decision(request: StaffRequest, subject: Subject, now: datetime, form: ActionForm | None) -> HttpResponse:
    """The page of the decision: with what was posted, else with the form that the verdict calls for."""
    verdict = current_verdict(subject, subject.site.date_of(now))
    unsigning = form if isinstance(form, UnsignForm) else UnsignForm()
    status = 422 if form is not None and form.errors else 200
    if form is None or form is unsigning:
        form = EligibilityForm() if verdict.outcome in SIGNABLE else failure_form(subject, verdict)
    protocol, signed = protocol_of(subject), signed_eligibility(subject, at=now)
    last = subject.assessments.select_related("assessed_by").last()
    context = panel(verdict, protocol) | {
        "form": form,
        "unsigning": unsigning,
        "subject": subject,
        "screening": screening_of(subject),
        "open": subject.state in OPEN_STATES,
        "changed": subject.changes_after_verdict.select_related("changed_by"),
        "draft": draft_of(subject),
        "sightings": sightings(request, subject),
        "failing": isinstance(form, ScreenFailureForm),
        "hours": protocol.signature_valid_hours,
        "last": last,
        "since": changed_since(last, facts_of(subject), verdict) if last else [],
        "signed_until": signed and signed.assessed_at + timedelta(hours=protocol.signature_valid_hours),
        "signatures": signed and signatures_of("EL", signed.pk),
    }
    return render(request, "enrollment/eligibility.html", context, status=status)
