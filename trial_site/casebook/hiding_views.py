"""Report that a text may unblind: it is hidden at once."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from trial_site.casebook import selectors
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import hide_text
from trial_site.monitoring.hiding import may_report, text_for


@page
def hide(request: StaffRequest, number: str, kind: str, record_id: int, column: str) -> HttpResponse:
    """What will happen, and the button; the text itself is not repeated here."""
    subject = selectors.subject_to_read(request.actor, number)
    if not may_report(request.actor, subject.site_id):
        require(request.actor, Task.RAISE_DEVIATION, subject.site_id)
    place = text_for(request.actor, kind, record_id, column)
    if place.ref.subject != number:
        raise Http404
    if request.method == "POST":
        hidden = hide_text(place, by=request.actor, at=timezone.now())
        messages.success(
            request, _("The text is hidden; deviation %(number)s is open.") % {"number": hidden.deviation}
        )
        return redirect("casebook:subject", number)
    return render(request, "casebook/hide.html", {"subject": subject, "place": place})
