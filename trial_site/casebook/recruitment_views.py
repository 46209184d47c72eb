"""Recruitment: screening log with reasons, accrual against the plan, and the CONSORT flow, pooled while blind."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from trial_site.casebook.drawing import chart, picture
from trial_site.casebook.flow import flow
from trial_site.casebook.selectors import recruitment as selectors
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require


@require_safe
def recruitment(request: StaffRequest) -> HttpResponse:
    require(request.actor, Task.VIEW_CASEBOOK)
    now = timezone.now()
    people = selectors.people(selectors.everyone_seen(request.actor), at=now)
    stages = flow(people)
    context = {"stages": stages, "picture": picture(stages)}
    randomized_on = [person.randomized_on for person in people if person.randomized_on]
    context |= accrual(request, randomized_on, today=timezone.localdate(now))
    return render(request, "casebook/recruitment.html", context)


def accrual(request: StaffRequest, randomized_on: list[date], *, today: date) -> dict[str, Any]:
    plan = selectors.recruitment_plan(request.actor)
    if plan is None or today < plan.opened:
        return {}
    planned = plan.protocol.planned_participants
    return {
        "plan": plan,
        "chart": chart(randomized_on, opened=plan.opened, ends=plan.ends, planned=planned, today=today),
        "months": list(selectors.months(plan, randomized_on, today=today)),
    }


@require_safe
def screening_log(request: StaffRequest) -> HttpResponse:
    """Everyone ever seen, how far they came, and why not further."""
    require(request.actor, Task.VIEW_CASEBOOK)
    page = Paginator(selectors.everyone_seen(request.actor), 25).get_page(request.GET.get("page"))
    lines = list(selectors.screening_log(list(page)))
    return render(request, "casebook/screening_log.html", {"page": page, "lines": lines})
