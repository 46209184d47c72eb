from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.models import Subject
from enrollment.selectors import infusion_window, signed_eligibility, sites_for, subject_for
from randomization import actions, selectors, unblinding
from randomization.forms import (
    ImpactForm,
    InErrorForm,
    LetterCountForm,
    LetterOpenedForm,
    RandomizeForm,
    ToldForm,
)
from randomization.models import ImpactAssessment, LetterPrint, Step, TreatmentTold
from randomization.selectors import kit_of, randomization_of
from trial_site.core.errors import Refused, Sentence
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require

ACCOUNTS = (Task.MANAGE_SUPPLY, Task.MONITOR_SUPPLY)
SEES_SUPPLY = (Task.RANDOMIZE, Task.ORDER_INFUSION, Task.VERIFY_SOURCE, *ACCOUNTS)


@require_http_methods(["GET", "POST"])
def randomize(request: StaffRequest, number: str) -> HttpResponse:
    """Confirm and randomize; afterwards the page shows the randomization number and the number on the bag."""
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
        "supply_open": actions.supply_open(subject.site),
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


@page
def letter_opened(request: StaffRequest, number: str) -> HttpResponse:
    """Enter that a participant's sealed letter was opened while the system was down."""
    subject, now = subject_for(request.actor, number), timezone.now()
    require(request.actor, Task.BREAK_CODE, subject.site_id)
    timezone.activate(subject.site.tz)
    people = StaffMember.objects.filter(is_active=True).order_by("full_name")
    form = LetterOpenedForm(request.POST or None, people=people)
    given = {"by": request.actor, "at": now}
    if taken(form, lambda values: unblinding.record_letter_opened(subject, **values, **given)):
        messages.success(request, _("Entered. An investigator of the site now has to assess the impact."))
        return redirect("randomization:code_breaks")
    context = {"subject": subject, "randomization": randomization_of(subject)}
    return reply(request, "randomization/letter_opened.html", form, **context)


@page
def letters(request: StaffRequest) -> HttpResponse:
    """The sealed letters: when they were printed, how they were counted, and a new count."""
    require(request.actor, Task.VERIFY_SOURCE)
    form = LetterCountForm(request.POST or None, sites=sites_for(request.actor, Task.VERIFY_SOURCE))
    given = {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: unblinding.count_letters(values.pop("site"), **values, **given)):
        messages.success(request, _("The count is recorded."))
        return redirect("randomization:letters")
    prints, counts = (
        LetterPrint.objects.select_related("printed_by"),
        selectors.letter_counts_for(request.actor),
    )
    return reply(request, "randomization/letters.html", form, prints=prints, counts=counts)


@require_safe
def supply(request: StaffRequest) -> HttpResponse:
    """Open or on hold, and nothing more; totals for monitors once every kit of a site is accounted for."""
    actor = request.actor
    if not any(can(actor, task) for task in SEES_SUPPLY):
        require(actor, Task.RANDOMIZE)
    oversees = can(actor, Task.VERIFY_SOURCE)
    lines = [
        {
            "site": site,
            "is_open": actions.supply_open(site),
            "accounts": any(can(actor, task, site.pk) for task in ACCOUNTS),
            "totals": totals_of(site) if oversees else [],
        }
        for site in sites_for(actor, *SEES_SUPPLY)
    ]
    accounts = any(line["accounts"] for line in lines)
    context = {"sites": lines, "accounts": accounts, "oversees": oversees}
    return render(request, "randomization/supply.html", context)


def totals_of(site: StudySite) -> list[tuple[Sentence, int]]:
    found = actions.supply_totals(site)
    return [(Step(step).label, found[step]) for step in Step.values if step in found]


@page
def told(request: StaffRequest) -> HttpResponse:
    """Which participants were told their treatment at their request; shows no treatment."""
    require(request.actor, Task.UNBLIND_STUDY)
    subjects = Subject.objects.exclude(randomization=None).order_by("number")
    form, given = (
        ToldForm(request.POST or None, subjects=subjects),
        {"by": request.actor, "at": timezone.now()},
    )
    if taken(form, lambda said: unblinding.record_told(said.pop("subject"), **said, **given)):
        messages.success(request, _("Recorded."))
        return redirect("randomization:told")
    found = TreatmentTold.objects.select_related("subject__site", "told_by")
    context = {"told": found, "unblinded": selectors.study_unblinding()}
    return reply(request, "randomization/told.html", form, **context)
