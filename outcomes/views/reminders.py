from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from outcomes import selectors
from outcomes.actions.reminders import RESENDABLE, resend_notice
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require


@require_safe
def reminders(request: StaffRequest) -> HttpResponse:
    """What became of e-mails at this person's sites: what may or may not have arrived is for people to see."""
    require(request.actor, Task.RECORD_LABORATORY)
    notices = selectors.notices_for(request.actor)[:100]
    return render(request, "outcomes/reminders.html", {"notices": notices, "resendable": RESENDABLE})


@require_POST
def resend(request: StaffRequest, key: int) -> HttpResponse:
    """Send once more what failed or may have been sent; asked for by a person, never done by itself."""
    require(request.actor, Task.RECORD_LABORATORY)
    notice = get_object_or_404(selectors.notices_for(request.actor), pk=key)
    try:
        resend_notice(notice, by=request.actor, at=timezone.now())
        messages.success(request, _("The e-mail is sent once more."))
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("outcomes:reminders")
