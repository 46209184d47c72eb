from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from outcomes import actions, selectors
from outcomes.actions.blind import may_judge_causality
from outcomes.forms import AdverseEventForm
from outcomes.models import AdverseEvent
from outcomes.views.pages import amendment, entry_values, subject_at
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task


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
        actions.amend_adverse_event(form.instance, **amendment(form), **entry_values(form, request))
    else:
        actions.record_adverse_event(form.subject, **entry_values(form, request))
