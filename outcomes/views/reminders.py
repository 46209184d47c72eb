from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outcomes import selectors
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require


@require_safe
def reminders(request: StaffRequest) -> HttpResponse:
    """What became of e-mails at this person's sites: what may or may not have arrived is for people to see."""
    require(request.actor, Task.RECORD_LABORATORY)
    return render(request, "outcomes/reminders.html", {"notices": selectors.notices_for(request.actor)[:100]})
