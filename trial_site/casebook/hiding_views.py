"""Report that a text may unblind: it is hidden at once."""

from dataclasses import replace

from crispy_forms.layout import Layout
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trial_site.casebook import selectors
from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import hide_text
from trial_site.monitoring.hiding import TextPlace, may_report, text_for
from trial_site.monitoring.models import HiddenText
from trial_site.monitoring.selectors import ref_of


class HidingForm(ActionForm):
    """Nothing is asked where the text stands at a participant."""

    participant = forms.CharField(
        label=gettext_lazy("Participant of whom it speaks"), max_length=20, required=False
    )
    layout = Layout("participant")


@page
def hide(request: StaffRequest, kind: str, record_id: int, column: str) -> HttpResponse:
    """What will happen, and the button; the text itself is not repeated here."""
    if not may_report(request.actor):
        require(request.actor, Task.RAISE_DEVIATION)
    place = text_for(request.actor, kind, record_id, column)
    subject = place.ref and selectors.subject_to_read(request.actor, place.ref.subject)
    if subject and not may_report(request.actor, subject.site_id):
        require(request.actor, Task.RAISE_DEVIATION, subject.site_id)
    form, done = HidingForm(request.POST if request.method == "POST" else None), []
    if taken(form, lambda said: done.append(hidden(place, said["participant"], request))):
        number = {"number": done[0].deviation}
        messages.success(request, _("The text is hidden; deviation %(number)s is open.") % number)
        return redirect("casebook:subject", done[0].subject)
    return reply(request, "casebook/hide.html", form, subject=subject, place=place)


def hidden(place: TextPlace, number: str, request: StaffRequest) -> HiddenText:
    if place.ref is None and number:
        try:
            place = replace(place, ref=ref_of("SU", selectors.subject_to_read(request.actor, number)))
        except Http404:
            raise Refused(fields={"participant": _("There is no such participant.")}) from None
    return hide_text(place, by=request.actor, at=timezone.now())
