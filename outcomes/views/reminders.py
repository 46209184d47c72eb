from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from outcomes import actions, selectors
from outcomes.actions.digests import choose_reminders
from outcomes.actions.reminders import RESENDABLE, resend_notice
from outcomes.forms import CallForm, RemindersForm
from outcomes.selectors.calls import calls_for
from outcomes.selectors.digests import kinds_for, switched_off
from outcomes.selectors.reminders import ABOUT
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require


@require_safe
def reminders(request: StaffRequest) -> HttpResponse:
    """What became of e-mails at this person's sites: what may or may not have arrived is for people to see."""
    require(request.actor, Task.RECORD_LABORATORY)
    notices = [(one, ABOUT.get(one.kind, one.kind)) for one in selectors.notices_for(request.actor)[:100]]
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


@page
def my_reminders(request: StaffRequest) -> HttpResponse:
    """Everyone chooses for themselves; the language is that of their account."""
    staff = StaffMember.objects.get(pk=request.actor.person_id)
    offered = kinds_for(staff)
    wanted = [kind for kind in offered if kind not in switched_off(staff)]
    form = RemindersForm(request.POST or None, offered=offered, initial={"wanted": wanted})
    given = {"offered": offered, "by": request.actor}
    if offered and taken(form, lambda values: choose_reminders(staff, **values, **given)):
        messages.success(request, _("Your choice is kept."))
        return redirect("outcomes:my_reminders")
    return reply(request, "outcomes/my_reminders.html", form, offered=offered)


@page
def calls(request: StaffRequest) -> HttpResponse:
    """Who is called today because a visit is planned for tomorrow, and what came of it."""
    require(request.actor, Task.SCREEN)
    now = timezone.now()
    waiting = calls_for(request.actor, at=now)
    key = request.POST.get("call", "")
    form = CallForm(request.POST or None, auto_id=f"{key}_%s")
    posted = next((call for call in waiting if call.key == key), None)
    if request.POST and posted is None:
        raise Http404
    if posted and taken(form, lambda values: keep(request, posted, values)):
        messages.success(request, _("The outcome of the call is kept."))
        return redirect("outcomes:calls")
    rows = [(call, form if call is posted else CallForm(auto_id=f"{call.key}_%s")) for call in waiting]
    return reply(request, "outcomes/calls.html", form, rows=rows)


def keep(request: StaffRequest, call: selectors.Call, values: dict[str, Any]) -> None:
    given = {"by": request.actor, "at": timezone.now()}
    actions.record_call(call.subject, visit=call.planned.key, **values, **given)
