from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from enrollment.selectors import subject_for
from outcomes import actions, selectors
from outcomes.forms import GuessForm
from outcomes.selectors.guesses import ASKED_UNDER
from outcomes.views.pages import subject_at
from trial_site.core.errors import NotAllowed
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken


@page
def guess(request: StaffRequest, number: str) -> HttpResponse:
    """Asked once; afterwards the page shows the answer to nobody but whoever wrote it down."""
    whose = selectors.whose_guess(request.actor, subject_for(request.actor, number).site_id)
    if whose is None:
        raise NotAllowed(_("You are not asked what was given."))
    subject = subject_at(request, number, ASKED_UNDER[whose])
    form, given = GuessForm(request.POST or None), {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda v: actions.record_guess(subject, whose=whose, values=v, **given)):
        messages.success(request, _("The guess is kept."))
        return redirect("casebook:subject", number)
    kept = selectors.guess_of(subject, whose)
    own = kept if kept and kept.given_by_id == request.actor.id else None
    return reply(request, "outcomes/guess.html", form, subject=subject, kept=kept, own=own, whose=whose)
