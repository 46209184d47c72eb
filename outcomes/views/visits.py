"""A visit is one page of folding sections; everyone finds their own forms on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from outcomes import actions, selectors
from outcomes.actions.visits import task_at_visit
from outcomes.forms import SECTIONS, VisitDateForm, VisitSection
from outcomes.selectors import VisitContext
from outcomes.views.pages import amendment, entry_values, own_forms, subject_at
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
    """What would be said of a section as it is typed so far; saves nothing."""
    sections = sections_of(request, visit_of(request, number, key))
    section = next((one for one in sections if one.is_bound), None)
    if section is None:
        raise Http404
    return render(request, "outcomes/check.html", {"remarks": section.remarks()})


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
    return SECTIONS[form](posted, instance=record, context=context, at=timezone.now())


def save(form: VisitSection, request: StaffRequest) -> None:
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
