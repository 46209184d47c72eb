"""Pages about one participant: what the kits contain, and a code break."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from enrollment.models import Subject
from enrollment.selectors import protocol_of, subject_for
from randomization import actions, selectors, unblinding
from randomization.forms import CodeBreakForm, DisclosureForm
from randomization.models import CodeBreak, Purpose
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require


@never_cache
@require_POST
def disclose(request: StaffRequest, number: str) -> HttpResponse:
    """What the participant's kits contain."""
    subject = subject_for(request.actor, number)
    form = DisclosureForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    try:
        access = actions.record_access(subject, purpose=Purpose.PREPARE, why=why, by=request.actor)
        contents = unblinding.kit_contents(access, by=request.actor)
    except Refused as refusal:
        status = 422 if request.htmx else refusal.status
        return render(request, "unblinded/refused.html", {"refusal": refusal}, status=status)
    page = "unblinded/kit_contents_part.html" if request.htmx else "unblinded/kit_contents.html"
    named = [(kit, arm_name(subject, kit.arm)) for kit in contents]
    return render(request, page, {"subject": subject, "contents": named, "access": access})


@never_cache
@page
def break_code(request: StaffRequest, number: str) -> HttpResponse:
    """Why the code must be broken; and as the answer, what this one participant gets. Leaving forgets it."""
    subject, now = subject_for(request.actor, number), timezone.now()
    require(request.actor, Task.BREAK_CODE, subject.site_id)
    timezone.activate(subject.site.tz)
    people = selectors.second_people_for_code_break(subject.site, by=request.actor, at=now)
    form = CodeBreakForm(request.POST or None, people=people)
    broken: list[CodeBreak] = []

    def commit(values: dict[str, Any]) -> None:
        broken.append(unblinding.break_code(subject, **values, by=request.actor, at=now))

    if taken(form, commit):
        arm = unblinding.treatment(broken[0], by=request.actor)
        context = {"subject": subject, "code_break": broken[0], "arm": arm_name(subject, arm)}
        return render(request, "unblinded/treatment.html", context)
    known = {"subject": subject, "randomization": selectors.randomization_of(subject)}
    return reply(request, "randomization/break_code.html", form, **known)


def arm_name(subject: Subject, code: str) -> str:
    return protocol_of(subject).arm_name(code, get_language())
