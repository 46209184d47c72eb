from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.models import Subject
from enrollment.selectors import subject_for
from outcomes import actions, selectors
from outcomes.actions.blind import may_judge_causality, require_blind
from outcomes.actions.visits import task_at_visit
from outcomes.forms import SECTIONS, AdverseEventForm, VisitDateForm, VisitSection
from outcomes.models import AdverseEvent
from outcomes.selectors import VisitContext
from trial_site.core.forms import RecordForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require

ASSESSOR_FORMS, COORDINATOR_FORMS = ("VS", "CP"), ("LB",)


def subject_at(request: StaffRequest, number: str, task: Task) -> Subject:
    """Load and authorise; from here on the page runs on the study site's clock."""
    subject = subject_for(request.actor, number)
    require_blind(request.actor, task, subject)
    timezone.activate(subject.site.tz)
    return subject


@page
def visit(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """The blinded assessor's forms of one visit; nothing else of the visit is on this page."""
    return visit_page(request, visit_of(request, number, code, Task.ASSESS_OUTCOMES), ASSESSOR_FORMS)


@page
def laboratory(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """The coordinator's form of one visit."""
    return visit_page(request, visit_of(request, number, code, Task.RECORD_LABORATORY), COORDINATOR_FORMS)


def visit_of(request: StaffRequest, number: str, code: str, task: Task) -> VisitContext:
    subject = subject_at(request, number, task)
    context = selectors.visit_context(subject, code, on=timezone.localdate())
    if context is None:
        raise Http404
    return context


def visit_page(request: StaffRequest, context: VisitContext, forms: tuple[str, ...]) -> HttpResponse:
    """Sections that are saved one by one; what is posted says which one it is."""
    sections = [section(request, context, form) for form in forms if form in context.planned.forms]
    posted = next((one for one in sections if one.is_bound), None)
    if posted and taken(posted, lambda _values: save(posted, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": posted.title})
        return redirect(request.path)
    shown = about(context) | {"sections": sections}
    return render(request, "outcomes/visit.html", shown, status=422 if posted else 200)


def section(request: StaffRequest, context: VisitContext, form: str) -> VisitSection:
    posted = request.POST if request.POST.get("form") == form else None
    record = selectors.record_of(context.visit, form)
    return SECTIONS[form](posted, instance=record, context=context, at=timezone.now())


def save(form: VisitSection, request: StaffRequest) -> None:
    given = entry(form, request)
    if form.instance.pk:
        actions.amend_visit_form(form.instance, **amendment(form), **given)
    else:
        subject, code = form.context.subject, form.context.planned.code
        given |= {"took_place_on": form.took_place_on, "concerns": form.kept_concerns}
        actions.record_visit_form(subject, code, form=form.code, **given)


def entry(form: RecordForm, request: StaffRequest) -> dict[str, Any]:
    """What every saved form hands to its action."""
    by_and_at = {"by": request.actor, "at": timezone.now()}
    return {"values": form.record_values(), "concerns": form.confirmed_concerns, **by_and_at}


def amendment(form: RecordForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("version", "reason")}


def about(context: VisitContext) -> dict[str, Any]:
    today, planned = timezone.localdate(), context.planned
    return {"subject": context.subject, "planned": planned, "visit": context.visit, "today": today}


@page
def visit_date(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """Correct when a visit took place."""
    context = visit_of(request, number, code, task_at_visit(request.actor))
    visit = context.visit
    if visit is None:
        raise Http404
    form = VisitDateForm(request.POST or None, initial={"took_place_on": visit.took_place_on})
    given = {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.correct_visit_date(visit, **values, **given)):
        messages.success(request, _("Saved: %(form)s.") % {"form": _("date of the visit")})
        return redirect("casebook:subject", number)
    return reply(request, "outcomes/visit_date.html", form, **about(context))


@page
def adverse_event(request: StaffRequest, number: str, event: int | None = None) -> HttpResponse:
    """The adverse events of a participant, and one of them or a new one to fill in."""
    subject = subject_at(request, number, Task.RECORD_SAFETY)
    record = get_object_or_404(AdverseEvent, subject=subject, number=event) if event else None
    may_judge, now = may_judge_causality(request.actor, subject), timezone.now()
    form = AdverseEventForm(
        request.POST or None, instance=record, subject=subject, may_judge=may_judge, at=now
    )
    if taken(form, lambda _values: save_event(form, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": _("adverse event")})
        return redirect("outcomes:adverse_event", number)
    events = selectors.adverse_events_of(subject)
    return reply(request, "outcomes/adverse_event.html", form, subject=subject, events=events, record=record)


def save_event(form: AdverseEventForm, request: StaffRequest) -> None:
    if form.instance.pk:
        actions.amend_adverse_event(form.instance, **amendment(form), **entry(form, request))
    else:
        actions.record_adverse_event(form.subject, **entry(form, request))


@require_safe
def reminders(request: StaffRequest) -> HttpResponse:
    """What became of e-mails at this person's sites: what may or may not have arrived is for people to see."""
    require(request.actor, Task.RECORD_LABORATORY)
    return render(request, "outcomes/reminders.html", {"notices": selectors.notices_for(request.actor)[:100]})
