from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import LiveScreeningForm, ScreeningForm
from enrollment.models import Screening, Subject, SubjectState
from enrollment.rules import assess
from enrollment.selectors import current_verdict, facts_from, protocol_of
from enrollment.views.pages import load
from enrollment.views.verdicts import panel
from trial_site.core.actors import Actor
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of

OPEN_STATES = (SubjectState.CONSENTED, SubjectState.ELIGIBLE)


@page
def screening(request: StaffRequest, number: str) -> HttpResponse:
    """The screening form with the verdict beside it."""
    subject, now = load(request, number, Task.SCREEN)
    today = subject.site.date_of(now)
    form = ScreeningForm(request.POST or None, subject=subject, today=today)
    undone: list[bool] = []
    if taken(form, lambda _values: undone.append(save(form, subject, by=request.actor, at=now))):
        tell(request, undone=any(undone))
        return redirect("casebook:subject", number)
    context = panel(current_verdict(subject, today), protocol_of(subject)) | {
        "subject": subject,
        "open": subject.state in OPEN_STATES,
        "changes": form.instance.pk and history_of(Screening._meta.db_table, form.instance.pk),
    }
    return reply(request, "enrollment/screening.html", form, **context)


@require_POST
def verdict(request: StaffRequest, number: str) -> HttpResponse:
    """The verdict on what is typed so far; nothing is saved."""
    subject, now = load(request, number, Task.SCREEN)
    protocol, today = protocol_of(subject), subject.site.date_of(now)
    form = LiveScreeningForm(request.POST, subject=subject, today=today)
    form.full_clean()
    facts = facts_from(subject, form.record_values())
    return render(request, "enrollment/verdict.html", panel(assess(facts, protocol, today), protocol))


def save(form: ScreeningForm, subject: Subject, *, by: Actor, at: datetime) -> bool:
    """Record or amend. Returns whether a signed eligibility was undone."""
    values, concerns = form.record_values(), form.confirmed_concerns
    if form.instance.pk is None:
        actions.record_screening(subject, values=values, concerns=concerns, by=by, at=at)
        return False
    version, reason = form.cleaned_data["version"], form.reason()
    return actions.amend_screening(
        form.instance, values=values, version=version, reason=reason, concerns=concerns, by=by, at=at
    )


def tell(request: StaffRequest, *, undone: bool) -> None:
    messages.success(request, _("The screening form is saved."))
    if undone:
        messages.warning(
            request, _("The signed eligibility no longer holds: an investigator must review and sign again.")
        )
