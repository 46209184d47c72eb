"""What waits at visits and after adverse events."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from enrollment.rules.consequences import death_is_serious_event
from enrollment.selectors import (
    consent_of,
)
from outcomes.rules.safety import report_due_at
from outcomes.rules.sheets import Kind, forms_of
from outcomes.selectors import (
    deaths_seen_by_assessor,
    deaths_without_event,
    guesses_due,
    missing_days,
    pregnancies_to_follow,
    reactions_without_event,
    unassessed_events,
    unjudged_events,
    unjudged_results,
    unreported_events,
    visits_of,
    with_course,
)
from outcomes.selectors.calls import calls_to_make
from outcomes.selectors.ct_reads import scans_to_read
from outcomes.selectors.guesses import ASKED_UNDER, Whose
from randomization.selectors import subjects_seen_by
from trial_site.casebook.selectors.worklist.desk import Desk, Todo, page_of
from trial_site.core.permissions import Task
from trial_site.monitoring.registry import label_of


def assessor_visits(desk: Desk) -> Iterator[Todo]:
    yield from visits(desk, Task.ASSESS_OUTCOMES, forms_of(Kind.VISIT, assessor=True))


def site_visits(desk: Desk) -> Iterator[Todo]:
    yield from visits(desk, Task.RECORD_LABORATORY, forms_of(Kind.VISIT, assessor=False))


def visits(desk: Desk, task: Task, forms: tuple[str, ...]) -> Iterator[Todo]:
    for visit in visits_of(desk.blind(task), at=desk.at):
        if missing := visit.missing(forms):
            subject, planned = visit.subject, visit.planned
            said = {"visit": planned.title, "forms": ", ".join(str(label_of(form)) for form in missing)}
            sentence, page = (
                _("%(number)s, %(visit)s: record %(forms)s"),
                page_of(subject, "outcomes:visit", planned.key),
            )
            yield desk.todo(subject, sentence, page, due=planned.last, **said)


def daily_rows(desk: Desk) -> Iterator[Todo]:
    """The daily status of participants who are in hospital and in the days it is asked for."""
    for subject in with_course(desk.blind(Task.ASSESS_OUTCOMES).exclude(randomization=None)):
        if missing := missing_days(subject, on=subject.site.date_of(desk.at)):
            sentence = _("Record the daily status of %(number)s")
            yield desk.todo(subject, sentence, page_of(subject, "outcomes:daily_status"), due=missing[0])


def causality(desk: Desk) -> Iterator[Todo]:
    for event in unjudged_events(desk.actor).filter(subject__in=desk.subjects):
        sentence = _("Judge the causality of the adverse event “%(term)s” of %(number)s")
        page = page_of(event.subject, "outcomes:amend_adverse_event", event.number)
        yield desk.todo(event.subject, sentence, page, term=event.term)


def results_to_judge(desk: Desk) -> Iterator[Todo]:
    for subject in desk.waiting(Task.JUDGE_LABORATORY):
        if unjudged := unjudged_results(subject):
            sentence = _("Judge the results out of range of %(number)s: %(count)d")
            yield desk.todo(subject, sentence, page_of(subject, "outcomes:results"), count=len(unjudged))


def calls(desk: Desk) -> Iterator[Todo]:
    for call in calls_to_make(desk.waiting(Task.SCREEN), at=desk.at):
        if not call.settled:
            sentence = _("Call %(number)s: a visit is planned for tomorrow")
            yield desk.todo(
                call.subject, sentence, reverse("outcomes:calls"), due=desk.today_of(call.subject)
            )


def pregnancies(desk: Desk) -> Iterator[Todo]:
    for one in pregnancies_to_follow(desk.waiting(Task.RECORD_LABORATORY), on=timezone.localdate(desk.at)):
        sentence = _("Follow up the pregnancy reported for %(number)s")
        page = page_of(one.subject, "outcomes:entry", "PG", one.number)
        yield desk.todo(one.subject, sentence, page, due=one.due_on)


def ct_scans(desk: Desk) -> Iterator[Todo]:
    for scan in scans_to_read(desk.actor):
        page = reverse("outcomes:read_ct", args=[scan.code])
        yield Todo(
            "", _("Read the chest CT %(code)s") % {"code": scan.code}, page, timezone.localdate(desk.at)
        )


def guesses(desk: Desk) -> Iterator[Todo]:
    """Whoever has seen the arm guesses no more, and asks nobody to."""
    known = subjects_seen_by(desk.actor).values("pk")
    for whose, task in ASKED_UNDER.items():
        for subject in guesses_due(desk.waiting(task).exclude(pk__in=known), whose, at=desk.at):
            sentence = _("Say what you believe %(number)s was given")
            if whose == Whose.PARTICIPANT:
                sentence = _("Ask %(number)s which treatment they believe they were given")
            yield desk.todo(subject, sentence, page_of(subject, "outcomes:guess"))


def dead_by_assessment(desk: Desk) -> Iterator[Todo]:
    """The assessor cannot record a death itself, only that a participant scored as dead."""
    for subject in deaths_seen_by_assessor(desk.waiting(Task.RECORD_SAFETY)):
        sentence = _("Record the death of %(number)s: a form of the assessor says so")
        yield desk.todo(subject, sentence, page_of(subject, "enrollment:ending"), due=desk.today_of(subject))


def serious_events(desk: Desk) -> Iterator[Todo]:
    """Serious events without a report: 24 hours from awareness."""
    for event in unreported_events(desk.actor).filter(subject__in=desk.subjects):
        sentence = _("Report the serious event “%(term)s” of %(number)s: within 24 hours of awareness")
        page = page_of(event.subject, "outcomes:serious_event", event.number)
        due = event.subject.site.date_of(report_due_at(event.aware_at)) if event.aware_at else None
        yield desk.todo(event.subject, sentence, page, due=due, term=event.term)


def expedited(desk: Desk) -> Iterator[Todo]:
    for event in unassessed_events(desk.actor).filter(subject__in=desk.subjects):
        sentence = _("Assess the serious event “%(term)s” of %(number)s for expedited reporting")
        page = page_of(event.subject, "outcomes:susar", event.number)
        yield desk.todo(event.subject, sentence, page, due=desk.today_of(event.subject), term=event.term)


def deaths(desk: Desk) -> Iterator[Todo]:
    """A death after consent is a serious adverse event, infused or not."""
    for death in deaths_without_event(desk.actor).filter(subject__in=desk.subjects):
        subject, consent = death.subject, consent_of(death.subject)
        consented_on = subject.site.date_of(consent.given_at) if consent else None
        if death_is_serious_event(death.on, consented_on=consented_on):
            sentence = _("Record the death of %(number)s as a serious adverse event")
            page = page_of(subject, "outcomes:adverse_event")
            yield desk.todo(subject, sentence, page, due=subject.site.date_of(desk.at))


def reactions(desk: Desk) -> Iterator[Todo]:
    for reaction in reactions_without_event(desk.actor).filter(subject__in=desk.subjects):
        sentence = _("Record the infusion reaction of %(number)s as an adverse event")
        page = f"{page_of(reaction.subject, 'outcomes:adverse_event')}?reaction={reaction.pk}"
        yield desk.todo(reaction.subject, sentence, page, due=desk.today_of(reaction.subject))
