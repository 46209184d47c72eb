from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enrollment.selectors import infusion_window, signed_eligibility, subject_for
from randomization import actions
from randomization.forms import RandomizeForm
from randomization.selectors import kit_of, randomization_of
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require


@require_http_methods(["GET", "POST"])
def randomize(request: StaffRequest, number: str) -> HttpResponse:
    """Confirm and randomize; afterwards the page shows the randomization number and the kit number."""
    subject, now = subject_for(request.actor, number), timezone.now()
    require(request.actor, Task.RANDOMIZE, subject.site_id)
    form = RandomizeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            randomization = actions.randomize(subject, by=request.actor, at=now)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Randomized: %(number)s.") % {"number": randomization.number})
            return redirect("randomization:randomize", number)
    context = {
        "subject": subject,
        "form": form,
        "randomization": randomization_of(subject),
        "kit": kit_of(subject),
        "window": infusion_window(subject),
        "eligibility": signed_eligibility(subject, at=now),
        "today": subject.site.date_of(now),
    }
    return render(request, "randomization/randomize.html", context, status=422 if form.errors else 200)
