from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.selectors import infusion_window, signed_eligibility, subject_for
from randomization import actions, selectors, unblinding
from randomization.forms import ImpactForm, InErrorForm, RandomizeForm
from randomization.models import ImpactAssessment
from randomization.selectors import kit_of, randomization_of
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember
from trial_site.core.pages import page, reply, taken
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


@page
def in_error(request: StaffRequest, number: str) -> HttpResponse:
    """An investigator says that this participant was randomized in error."""
    subject, now = subject_for(request.actor, number), timezone.now()
    require(request.actor, Task.ASSESS_ELIGIBILITY, subject.site_id)
    form = InErrorForm(request.POST or None)
    given = {"by": request.actor, "at": now}
    if taken(form, lambda values: actions.record_randomized_in_error(subject, **values, **given)):
        messages.success(request, _("Recorded. The participant stays in the study and in the analysis."))
        return redirect("casebook:subject", number)
    return reply(request, "randomization/in_error.html", form, subject=subject)


@require_safe
def code_breaks(request: StaffRequest) -> HttpResponse:
    """Whose code this person may break, and every code break so far; nothing here tells what one showed."""
    require(request.actor, Task.BREAK_CODE)
    return render(
        request, "randomization/code_breaks.html", {"subjects": selectors.with_a_code(request.actor)}
    )


@page
def impact(request: StaffRequest, number: str) -> HttpResponse:
    """The impact assessments of a participant's code breaks, and the one that is due."""
    subject, now = subject_for(request.actor, number), timezone.now()
    require(request.actor, Task.CLOSE_DEVIATION, subject.site_id)
    timezone.activate(subject.site.tz)
    due = selectors.unassessed_breaks(request.actor).filter(subject=subject).first()
    form = ImpactForm(request.POST or None, people=StaffMember.objects.filter(is_active=True))
    given = {"by": request.actor, "at": now}
    if due and taken(form, lambda values: unblinding.assess_impact(due, **values, **given)):
        messages.success(request, _("You signed the impact assessment."))
        return redirect("randomization:code_breaks")
    assessed = ImpactAssessment.objects.filter(subject=subject).select_related("code_break", "assessed_by")
    return reply(request, "randomization/impact.html", form, subject=subject, due=due, assessed=assessed)
