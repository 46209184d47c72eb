from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrollment.selectors import infusion_window
from randomization.selectors import commitment
from trial_site.casebook import selectors
from trial_site.core import protocol as protocols
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring.models import QueryState

PER_PAGE = 25


def paged(request: StaffRequest, things: Any, per_page: int = PER_PAGE) -> Page:
    return Paginator(things, per_page).get_page(request.GET.get("page"))


@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """What must I do now."""
    now = timezone.now()
    work, duties = selectors.work_of(request.actor, at=now), selectors.has_duties(request.actor)
    context: dict[str, Any] = {"work": work, "duties": duties}
    if can(request.actor, Task.RAISE_QUERY):
        context |= {"unsettled": selectors.unsettled(request.actor)}
    if can(request.actor, Task.VERIFY_SOURCE):
        context |= {"monitored": selectors.oversights(request.actor, at=now)}
    return render(request, "casebook/home.html", context)


@require_safe
def subjects(request: StaffRequest) -> HttpResponse:
    """The participants this person may read, found by number."""
    selectors.require_reader(request.actor)
    search = request.GET.get("number", "")
    page = paged(request, selectors.participants(request.actor, search=search))
    context = {"page": page, "rows": selectors.rows(page, at=timezone.now()), "search": search}
    return render(request, "casebook/subjects.html", context)


@require_safe
def subject(request: StaffRequest, number: str) -> HttpResponse:
    """The casebook of one participant, as far as this person may read it."""
    subject, now = selectors.subject_to_read(request.actor, number), timezone.now()
    timezone.activate(subject.site.tz)
    context = {
        "subject": subject,
        "today": timezone.localdate(now),
        "step": selectors.next_step(request.actor, subject, at=now),
        "visits": selectors.timeline(request.actor, subject, at=now),
        "derived": selectors.derived_for(request.actor, subject, at=now),
        "chapters": selectors.casebook_of(request.actor, subject),
    }
    if can(request.actor, Task.VIEW_CASEBOOK, subject.site_id):
        context |= {"milestones": selectors.milestones(subject), "window": infusion_window(subject)}
    return render(request, "casebook/subject.html", context)


@require_safe
def audit(request: StaffRequest, number: str) -> HttpResponse:
    """Everything that happened to one participant's data, newest first."""
    subject = selectors.subject_to_read(request.actor, number)
    require(request.actor, Task.VIEW_AUDIT, subject.site_id)
    timezone.activate(subject.site.tz)
    page = paged(request, selectors.trail_of(subject), per_page=50)
    context = {"subject": subject, "page": page, "events": selectors.told(page)}
    return render(request, "casebook/audit.html", context)


@require_safe
def queries(request: StaffRequest) -> HttpResponse:
    """Queries about what this person may read; without a state, those still to be settled."""
    selectors.require_reader(request.actor)
    state = request.GET.get("state", "")
    page = paged(request, selectors.questions(request.actor, state=state))
    rows = selectors.listed(page, at=timezone.now())
    context = {"page": page, "rows": rows, "state": state, "states": QueryState.choices}
    return render(request, "casebook/queries.html", context)


@require_safe
def protocol(request: StaffRequest) -> HttpResponse:
    """The protocol as data, what was interpreted and why, and the commitment to the allocation list."""
    context = {"protocol": protocols.current(timezone.localdate()), "commitment": commitment()}
    return render(request, "casebook/protocol.html", context)
