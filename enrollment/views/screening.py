from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import DiscardDraftForm, LiveScreeningForm, ScreeningForm
from enrollment.models import Screening, Subject, SubjectState
from enrollment.selectors import current_verdict, draft_of, protocol_of
from enrollment.views.pages import load
from enrollment.views.verdicts import panel
from trial_site.core.drafts import Typed, refuse_somebody_else
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import history_of

OPEN_STATES = (SubjectState.CONSENTED, SubjectState.ELIGIBLE)
CORRECTABLE = (SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)


@page
def screening(request: StaffRequest, number: str) -> HttpResponse:
    """The screening form with the verdict beside it, and what was typed before and not saved."""
    subject, now = load(request, number, Task.SCREEN)
    today, draft = subject.site.date_of(now), draft_of(subject)
    own = draft if draft and draft.author_id == request.actor.id else None
    form = ScreeningForm(request.POST or None, subject=subject, at=now, draft=own)
    if taken(form, lambda _values: save(request, form, subject, at=now)):
        messages.success(request, _("The screening form is saved."))
        return redirect("casebook:subject", number)
    context = panel(current_verdict(subject, today), protocol_of(subject)) | {
        "subject": subject,
        "open": subject.state == SubjectState.CONSENTED,
        "correctable": subject.state in CORRECTABLE and form.instance.pk,
        "draft": draft,
        "others": draft is not own,
        "changed": draft is own and subject.changes_after_verdict.filter(reason=""),
        "changes": form.instance.pk and history_of(Screening._meta.db_table, form.instance.pk),
    }
    return reply(request, "enrollment/screening.html", form, **context)


@require_POST
def verdict(request: StaffRequest, number: str) -> HttpResponse:
    """Keeps what is typed so far as a draft; answers with the verdict on it."""
    subject, now = load(request, number, Task.SCREEN)
    refuse_somebody_else(request)
    form = LiveScreeningForm(request.POST, subject=subject, at=now)
    form.full_clean()
    found = actions.keep_draft(
        subject,
        typed=Typed.of(request.POST, form.fields),
        values=form.record_values(),
        by=request.actor,
        at=now,
    )
    unexplained = {"changed": subject.changes_after_verdict.filter(reason="")}
    return render(request, "enrollment/verdict.html", panel(found, protocol_of(subject)) | unexplained)


@require_POST
def take_over(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCREEN)
    actions.take_over_draft(subject, by=request.actor, at=now)
    return redirect("enrollment:screening", number)


@page
def discard(request: StaffRequest, number: str) -> HttpResponse:
    """Give up one's own draft, with a reason: what verdicts it was shown stays known."""
    subject, now = load(request, number, Task.SCREEN)
    form = DiscardDraftForm(request.POST or None)
    if taken(form, lambda values: actions.discard_draft(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("The draft is discarded. The form shows what is saved."))
        return redirect("enrollment:screening", number)
    return reply(request, "enrollment/discard.html", form, subject=subject)


def save(request: StaffRequest, form: ScreeningForm, subject: Subject, *, at: datetime) -> None:
    """Record, amend, or correct after randomization."""
    refuse_somebody_else(request)
    values, concerns, by = form.record_values(), form.confirmed_concerns, request.actor
    if form.instance.pk is None:
        actions.record_screening(
            subject, values=values, reason=form.reason(), concerns=concerns, by=by, at=at
        )
        return
    correcting = subject.state in CORRECTABLE
    change = actions.correct_screening if correcting else actions.amend_screening
    reason = form.cleaned_data["reason"] if correcting else form.reason()
    version = form.cleaned_data["version"]
    change(form.instance, values=values, version=version, reason=reason, concerns=concerns, by=by, at=at)
