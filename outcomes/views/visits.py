"""A visit is one page of folding sections; everyone finds their own forms on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from outcomes import actions, selectors
from outcomes.actions.visits import task_at_visit
from outcomes.forms import SECTIONS, VisitDateForm, VisitSection
from outcomes.selectors import VisitContext
from outcomes.views.pages import amendment, draft_at, entry_values, own_forms, subject_at
from trial_site.core.drafts import Typed, refuse_somebody_else
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken


@page
def visit(request: StaffRequest, number: str, key: str) -> HttpResponse:
    """Sections that are saved one by one; what is posted says which one it is. Nothing of anybody else's forms
    is on this page."""
    context = visit_of(request, number, key)
    sections = sections_of(request, context)
    posted = next((one for one in sections if one.is_bound), None)
    if posted and taken(posted, lambda _values: save(posted, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": posted.title})
        return redirect(request.path)
    shown = about(context) | {"sections": sections}
    return render(request, "outcomes/visit.html", shown, status=422 if posted else 200)


@require_POST
def check(request: StaffRequest, number: str, key: str) -> HttpResponse:
    """Keeps a section as it is typed so far as a draft, and answers what would be said of it."""
    refuse_somebody_else(request)
    context = visit_of(request, number, key)
    section = next((one for one in sections_of(request, context) if one.is_bound), None)
    if section is None:
        raise Http404
    actions.keep_form_draft(
        context.subject,
        form=section.code,
        place=context.planned.key,
        typed=Typed.of(request.POST, section.fields),
        saved=section.instance.version if section.instance.pk else 0,
        by=request.actor,
        at=timezone.now(),
    )
    return render(
        request, "outcomes/check.html", {"remarks": section.remarks(typing=request.POST.get("typing", ""))}
    )


def visit_of(request: StaffRequest, number: str, key: str) -> VisitContext:
    subject = subject_at(request, number, task_at_visit(request.actor))
    context = selectors.visit_context(subject, key, on=timezone.localdate())
    if context is None:
        raise Http404
    return context


def sections_of(request: StaffRequest, context: VisitContext) -> list[VisitSection]:
    forms = own_forms(request, context.subject, context.planned.forms)
    return [section(request, context, form) for form in SECTIONS if form in forms]


def section(request: StaffRequest, context: VisitContext, form: str) -> VisitSection:
    posted = request.POST if request.POST.get("form") == form else None
    record = selectors.record_of(context.visit, form)
    draft = draft_at(request, context.subject, form, context.planned.key)
    return SECTIONS[form](posted, instance=record, context=context, at=timezone.now(), **draft)


@require_POST
def take_over(request: StaffRequest, number: str, key: str) -> HttpResponse:
    """Go on with a colleague's draft."""
    context, form = form_of_draft(request, number, key)
    given = {"by": request.actor, "at": timezone.now()}
    actions.take_over_form_draft(context.subject, form=form, place=context.planned.key, **given)
    return redirect(f"{reverse('outcomes:visit', args=[number, key])}#{form}")


@require_POST
def discard(request: StaffRequest, number: str, key: str) -> HttpResponse:
    """Give up one's own draft."""
    context, form = form_of_draft(request, number, key)
    actions.discard_form_draft(context.subject, form=form, place=context.planned.key, by=request.actor)
    messages.success(request, _("The draft is discarded. The form shows what is saved."))
    return redirect(f"{reverse('outcomes:visit', args=[number, key])}#{form}")


def form_of_draft(request: StaffRequest, number: str, key: str) -> tuple[VisitContext, str]:
    context, form = visit_of(request, number, key), request.POST.get("form", "")
    if form not in own_forms(request, context.subject, context.planned.forms):
        raise Http404
    return context, form


def save(form: VisitSection, request: StaffRequest) -> None:
    refuse_somebody_else(request)
    given = entry_values(form, request)
    if form.instance.pk:
        actions.amend_visit_form(form.instance, **amendment(form), **given)
    else:
        subject, key = form.context.subject, form.context.planned.key
        given |= {"took_place_on": form.took_place_on, "concerns": form.kept_concerns}
        actions.record_visit_form(subject, key, form=form.code, **given)


def about(context: VisitContext) -> dict[str, Any]:
    today, planned = timezone.localdate(), context.planned
    return {"subject": context.subject, "planned": planned, "visit": context.visit, "today": today}


@page
def visit_date(request: StaffRequest, number: str, key: str) -> HttpResponse:
    """Correct when a visit took place."""
    context = visit_of(request, number, key)
    visit = context.visit
    if visit is None:
        raise Http404
    form = VisitDateForm(request.POST or None, initial={"took_place_on": visit.took_place_on})
    given = {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.correct_visit_date(visit, **values, **given)):
        messages.success(request, _("Saved: %(form)s.") % {"form": _("date of the visit")})
        return redirect("casebook:subject", number)
    return reply(request, "outcomes/visit_date.html", form, **about(context))
