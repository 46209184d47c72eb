from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment import actions
from enrollment.forms import ConsentForm, PersonSeenForm, RescreeningForm, WithdrawalForm
from enrollment.models import Subject, SubjectState
from enrollment.selectors import consents_due, consents_of, rescreenings_left, sites_for, subjects_for
from enrollment.views.pages import load
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require


@page
def log(request: StaffRequest) -> HttpResponse:
    """The screening log, and its next line."""
    require(request.actor, Task.SCREEN)
    now, sites = timezone.now(), sites_for(request.actor, Task.SCREEN)
    first = {"site": request.actor.site, "on": timezone.localdate(now)}
    form = PersonSeenForm(request.POST or None, sites=sites, initial=first)
    logged: list[Subject] = []
    if taken(form, lambda values: logged.append(actions.log_person_seen(**values, by=request.actor, at=now))):
        messages.success(request, _("Logged as participant %(number)s.") % {"number": logged[0]})
        return redirect("enrollment:consent", logged[0].number)
    subjects = subjects_for(request.actor).filter(site__in=sites).select_related("rescreen_of")
    again = [subject for subject in subjects if rescreenings_left(subject)]
    return reply(request, "enrollment/log.html", form, subjects=subjects, again=again)


@page
def consent(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCREEN)
    form = ConsentForm(request.POST or None, site=subject.site)
    first = subject.state == SubjectState.IDENTIFIED
    due = list(consents_due(subjects_for(request.actor).filter(pk=subject.pk), at=now))
    if taken(form, lambda values: actions.record_consent(subject, **values, by=request.actor, at=now)):
        if first:
            messages.success(request, _("Consent is recorded. Screening can begin."))
            return redirect("enrollment:screening", number)
        messages.success(request, _("Consent to the new version is recorded."))
        return redirect("casebook:subject", number)
    context = {"subject": subject, "given": consents_of(subject), "asked": first or due, "due": due}
    return reply(request, "enrollment/consent.html", form, **context)


@page
def rescreen(request: StaffRequest, number: str) -> HttpResponse:
    """The next screening of somebody who failed the first."""
    subject, now = load(request, number, Task.SCREEN)
    form = RescreeningForm(request.POST or None, initial={"on": subject.site.date_of(now)})
    logged: list[Subject] = []
    if taken(
        form,
        lambda values: logged.append(actions.log_rescreening(subject, **values, by=request.actor, at=now)),
    ):
        messages.success(request, _("Logged as participant %(number)s.") % {"number": logged[0]})
        return redirect("enrollment:consent", logged[0].number)
    return reply(request, "enrollment/rescreen.html", form, subject=subject, left=rescreenings_left(subject))


@require_POST
def declined(request: StaffRequest, number: str) -> HttpResponse:
    subject, _now = load(request, number, Task.SCREEN)
    actions.record_declined(subject, by=request.actor)
    messages.success(request, _("Recorded: the person does not take part."))
    return redirect("enrollment:log")


@page
def withdrawal(request: StaffRequest, number: str) -> HttpResponse:
    subject, now = load(request, number, Task.SCREEN)
    form = WithdrawalForm(request.POST or None, initial={"on": subject.site.date_of(now)})
    if taken(form, lambda values: actions.record_withdrawal(subject, **values, by=request.actor, at=now)):
        messages.success(request, _("The withdrawal is recorded."))
        return redirect("casebook:subject", number)
    return reply(
        request, "enrollment/withdrawal.html", form, subject=subject, recorded=subject.withdrawals.all()
    )
