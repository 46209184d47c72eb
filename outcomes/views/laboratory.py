"""Results out of range, judged one by one; and the ranges of a study site's laboratory."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from enrollment.selectors import sites_for
from outcomes import actions, selectors
from outcomes.forms import JudgementForm, RangeForm, result_choices
from outcomes.models import FollowedBy, ReferenceRange
from outcomes.selectors import Result
from outcomes.views.pages import subject_at
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.registry import label_of


@page
def results(request: StaffRequest, number: str) -> HttpResponse:
    """Every result out of range of a participant; the unjudged ones first, each with its own small form."""
    subject = subject_at(request, number, Task.JUDGE_LABORATORY)
    found = selectors.results_out_of_range(subject)
    key = request.POST.get("result", "")
    form = JudgementForm(request.POST or None, auto_id=f"{key}_%s")
    given = {"by": request.actor, "at": timezone.now()}
    if request.POST and taken(form, lambda v: actions.judge_result(subject, key=key, **v, **given)):
        messages.success(request, _("The judgement is kept."))
        return redirect(after(form.cleaned_data["followed_by"], number))
    rows = [(one, label_of(one.form, one.field), form_of(one, form, key)) for one in found]
    rows.sort(key=lambda row: row[0].judgement is not None)
    shown = {"subject": subject, "rows": rows, "form": form}
    return render(request, "outcomes/results.html", shown, status=422 if form.errors else 200)


def form_of(result: Result, posted: JudgementForm, key: str) -> JudgementForm | None:
    if result.judgement:
        return None
    return posted if result.key == key else JudgementForm(auto_id=f"{result.key}_%s")


def after(followed_by: str, number: str) -> str:
    """A significant result goes on to what it is recorded as."""
    to = {FollowedBy.EVENT.value: "outcomes:adverse_event"}.get(followed_by, "outcomes:results")
    return reverse(to, args=[number])


@page
def ranges(request: StaffRequest, code: str) -> HttpResponse:
    """The reference ranges of one study site, and one to add or replace."""
    site = get_object_or_404(sites_for(request.actor, Task.RECORD_LABORATORY), code=code)
    form = RangeForm(request.POST or None)
    if taken(form, lambda values: actions.set_reference_range(site, values=values, by=request.actor)):
        messages.success(request, _("The range is kept."))
        return redirect("outcomes:ranges", code)
    labels = dict(result_choices())
    kept = [(labels.get(one.field, one.field), one) for one in ReferenceRange.objects.filter(site=site)]
    return reply(request, "outcomes/ranges.html", form, site=site, ranges=kept)
