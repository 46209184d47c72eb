"""The page of the final unblinding: its state, two people who unblind, then every arm on the page or as CSV."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from enrollment.models import Subject
from randomization import selectors, unblinding
from randomization.forms import StudyLookForm, UnblindStudyForm
from randomization.models import StudyAccess, StudyUnblinding
from randomization.unblinded_views.participants import arm_name
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.monitoring.selectors import database_lock

STATE = "randomization/study.html"


@never_cache
@page
def study(request: StaffRequest) -> HttpResponse:
    require(request.actor, Task.UNBLIND_STUDY)
    lock, unblinded = database_lock(), selectors.study_unblinding()
    if lock is None:
        return render(request, STATE)
    if unblinded is None:
        return _unblind(request, locked=lock)
    return _look(request, unblinded, locked=lock)


def _unblind(request: StaffRequest, **known: Any) -> HttpResponse:
    now = timezone.now()
    people = selectors.second_people_for_unblinding(by=request.actor, at=now)
    form = UnblindStudyForm(request.POST or None, people=people)
    if taken(form, lambda said: unblinding.unblind_study(**said, by=request.actor, at=now)):
        messages.success(request, _("The study is unblinded."))
        return redirect("randomization:study")
    return reply(request, STATE, form, **known)


def _look(request: StaffRequest, unblinded: StudyUnblinding, **known: Any) -> HttpResponse:
    form = StudyLookForm(request.POST or None)
    committed: list[StudyAccess] = []
    if not taken(
        form, lambda said: committed.append(unblinding.record_look(unblinded, **said, by=request.actor))
    ):
        return reply(request, STATE, form, unblinded=unblinded, **known)
    rows = _rows(unblinding.study_arms(committed[0], by=request.actor))
    if "csv" in request.POST:
        return _csv(rows, committed[0])
    return render(request, "unblinded/study.html", {"rows": rows, "access": committed[0]})


def _rows(arms: dict[int, str]) -> list[tuple[str, str, str, str, str]]:
    """Participant, study site, randomization number, code and name of the arm."""
    subjects = Subject.objects.filter(pk__in=arms).select_related("site", "randomization").order_by("number")
    return [
        (one.number, one.site.code, one.randomization.number, arms[one.pk], arm_name(one, arms[one.pk]))
        for one in subjects
    ]


def _csv(rows: list[tuple[str, str, str, str, str]], access: StudyAccess) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="unblinded_{access.at:%Y%m%dT%H%M%SZ}.csv"'
    response.write("\ufeff")
    head = (_("Participant"), _("Study site"), _("Randomization number"), _("Arm"), _("Treatment"))
    csv.writer(response, lineterminator="\n").writerows([head, *rows])
    return response
