from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dosing.models import InfusionReaction
from enrollment.models import Subject
from outcomes import actions, selectors
from outcomes.actions.blind import may_judge_causality
from outcomes.actions.drafts import place_of
from outcomes.forms import AdverseEventForm, SafetyReportForm, SusarForm
from outcomes.models import AdverseEvent, SpecialInterest, SusarAssessment
from outcomes.rules.safety import must_be_expedited, report_due_at, reported_late
from outcomes.views.documents import serious_event_document
from outcomes.views.pages import amendment, draft_at, entry_values, subject_at
from trial_site.core.drafts import refuse_somebody_else
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require


@page
def adverse_event(request: StaffRequest, number: str, event: int | None = None) -> HttpResponse:
    """The adverse events of a participant, and one of them or a new one to fill in."""
    form = event_form(request, number, event or 0)
    if taken(form, lambda _values: save_event(form, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": _("adverse event")})
        return redirect("outcomes:adverse_event", number)
    subject, reactions = form.subject, selectors.reactions_without_event(request.actor)
    shown = {
        "events": selectors.adverse_events_of(subject),
        "reactions": reactions.filter(subject=subject),
        "record": form.instance if form.instance.pk else None,
        "asked": f"?reaction={form.reaction.pk}" if form.reaction else "",
        "today": timezone.localdate(),
    }
    return reply(request, "outcomes/adverse_event.html", form, subject=subject, **shown)


def event_form(request: StaffRequest, number: str, event: int = 0) -> AdverseEventForm:
    """The form as its page shows it: without a number a new event, from an infusion reaction if one is asked for."""
    subject = subject_at(request, number, Task.RECORD_SAFETY)
    record = get_object_or_404(AdverseEvent, subject=subject, number=event) if event else None
    reaction = None if record else reaction_asked_for(request, subject)
    return AdverseEventForm(
        request.POST or None,
        instance=record,
        subject=subject,
        reaction=reaction,
        may_judge=may_judge_causality(request.actor, subject),
        at=timezone.now(),
        initial=as_event(reaction, subject) if reaction else None,
        **draft_at(request, subject, "AE", place_of("AE", record or reaction, by=request.actor)),
    )


def reaction_asked_for(request: StaffRequest, subject: Subject) -> InfusionReaction | None:
    """The infusion reaction this event is made from, if the page was opened from one."""
    key = request.GET.get("reaction", "")
    open_ones = selectors.reactions_without_event(request.actor).filter(subject=subject)
    return open_ones.filter(pk=key).first() if key.isdecimal() else None


def as_event(reaction: InfusionReaction, subject: Subject) -> dict[str, Any]:
    """What is known of a reaction, for the form of its event."""
    began = reaction.began_at.astimezone(subject.site.tz)
    return {
        "term": reaction.term,
        "grade": reaction.grade,
        "started_on": began.date(),
        "started_time": f"{began:%H:%M}",
        "special_interest": SpecialInterest.REACTION,
    }


def save_event(form: AdverseEventForm, request: StaffRequest) -> None:
    refuse_somebody_else(request)
    if form.instance.pk:
        actions.amend_adverse_event(form.instance, **amendment(form), **entry_values(form, request))
    else:
        actions.record_adverse_event(form.subject, reaction=form.reaction, **entry_values(form, request))


@require_safe
def safety(request: StaffRequest) -> HttpResponse:
    """Every adverse event this person may read, and the pooled counters that propose a pause."""
    require(request.actor, Task.VIEW_CASEBOOK)
    shown = {
        "events": selectors.events_for(request.actor),
        "counters": selectors.stopping_counters(),
        "now": timezone.now(),
        "may_pause": can(request.actor, Task.PAUSE_STUDY),
    }
    return render(request, "outcomes/safety.html", shown)


@page
def serious_event(request: StaffRequest, number: str, event: int) -> HttpResponse:
    """The clock of a serious event, its reports, and a report to make."""
    subject = subject_at(request, number, Task.RECORD_SAFETY)
    record = get_object_or_404(AdverseEvent, subject=subject, number=event, serious=True)
    form = SafetyReportForm(request.POST or None)
    given = {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.report_serious_event(record, **values, **given)):
        messages.success(request, _("The report is made."))
        return redirect("outcomes:serious_event", number, event)
    return reply(request, "outcomes/serious_event.html", form, **about(record))


def about(event: AdverseEvent) -> dict[str, Any]:
    """What is said of a serious event to everybody: that it was assessed, never with what result."""
    reports = list(event.reports.select_related("reported_by"))
    return {
        "subject": event.subject,
        "event": event,
        "reports": reports,
        "due": report_due_at(event.aware_at) if event.aware_at else None,
        "late": not reports and event.aware_at is not None and reported_late(event.aware_at, timezone.now()),
        "assessed": event.assessments.exists(),
    }


@page
def susar(request: StaffRequest, number: str, event: int) -> HttpResponse:
    """The safety officer's page; the only one that shows what was decided."""
    subject = subject_at(request, number, Task.ASSESS_SUSAR)
    record = get_object_or_404(AdverseEvent, subject=subject, number=event, serious=True)
    form = SusarForm(request.POST or None)
    given = {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda values: actions.assess_susar(record, values=values, **given)):
        messages.success(request, _("The assessment is kept."))
        return redirect("outcomes:susar", number, event)
    return reply(request, "outcomes/susar.html", form, **about(record), decided=decided(record))


def decided(event: AdverseEvent) -> list[tuple[SusarAssessment, bool]]:
    """Each assessment with whether an expedited report follows from it."""
    return [
        (
            one,
            must_be_expedited(
                expectedness=one.expectedness,
                causality=event.causality,
                sponsor_causality=one.sponsor_causality,
            ),
        )
        for one in event.assessments.select_related("assessed_by")
    ]


@require_safe
def serious_event_pdf(request: StaffRequest, number: str, event: int) -> HttpResponse:
    """The report form of a serious event, as it is sent to the sponsor."""
    subject = subject_at(request, number, Task.VIEW_CASEBOOK)
    record = get_object_or_404(AdverseEvent, subject=subject, number=event, serious=True)
    name = f"SAE-{subject.number}-{record.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(serious_event_document(record), "application/pdf", headers=headers)
