"""What must be done now, as sentences: for one person on the start page, for one participant in the casebook."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dosing.models import InfusionOrder, OrderState
from dosing.selectors import DueInfusion, due_infusions, orders_at, vitals_grid
from enrollment.models import Screening, ScreeningDraft, Subject, SubjectState
from enrollment.rules.consequences import death_is_serious_event
from enrollment.selectors import (
    consent_of,
    consents_due,
    infusion_window,
    protocol_of,
    signed_eligibility,
    sites_for,
    taking_part,
)
from outcomes.rules.safety import report_due_at
from outcomes.rules.schedule import LATE_DAYS
from outcomes.rules.sheets import Kind, forms_of
from outcomes.selectors import (
    deaths_without_event,
    missing_days,
    reactions_without_event,
    unassessed_events,
    unjudged_events,
    unjudged_results,
    unreported_events,
    with_course,
)
from randomization.selectors import subjects_seen_by, unassessed_breaks
from trial_site.casebook.selectors.review import void_signatures
from trial_site.casebook.selectors.visits import visits_of
from trial_site.core.actors import Actor
from trial_site.core.administration.selectors import begins_log, staff_to_delegate
from trial_site.core.permissions import Role, Task, can
from trial_site.monitoring.models import Query, QueryState
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import queries_for


@dataclass(frozen=True)
class Todo:
    """One thing that waits for somebody: what, where it is done, until when. `today` is the study site's."""

    subject: str
    sentence: str
    url: str
    today: date
    due: date | None = None

    @property
    def urgency(self) -> tuple[date, str]:
        return self.due or date.max, self.subject


@dataclass(frozen=True)
class Desk:
    """Who asks, when, and about which participants."""

    actor: Actor
    at: datetime
    subjects: QuerySet[Subject]

    def waiting(self, task: Task, **where: object) -> QuerySet[Subject]:
        """Participants at the study sites where `task` is delegated to this person."""
        return self.subjects.filter(site__in=sites_for(self.actor, task), **where).select_related("site")

    def today_of(self, subject: Subject) -> date:
        return subject.site.date_of(self.at)

    def blind(self, task: Task) -> QuerySet[Subject]:
        """As `waiting`; for what must be assessed blind, without participants whose arm this person has seen."""
        waiting = self.waiting(task)
        if task != Task.ASSESS_OUTCOMES:
            return waiting
        return waiting.exclude(pk__in=subjects_seen_by(self.actor).values("pk"))

    @cached_property
    def infusions(self) -> list[DueInfusion]:
        numbers = set(self.subjects.values_list("number", flat=True))
        return [due for due in due_infusions(self.actor, self.at) if due.subject.number in numbers]

    def todo(
        self, subject: Subject, sentence: str, url: str, *, due: date | None = None, **said: object
    ) -> Todo:
        """`sentence` has a place for the participant's `number` and for what else is said."""
        sentence %= said | {"number": subject.number}
        return Todo(subject.number, sentence, url, subject.site.date_of(self.at), due)


def page_of(subject: Subject, view: str, *which: str | int) -> str:
    return reverse(view, args=[subject.number, *which])


def delegations(desk: Desk) -> Iterator[Todo]:
    """The log begins with the principal investigator's own line; then nobody with an account waits for one."""
    people = staff_to_delegate(desk.actor)
    if begins_log(desk.actor):
        sentence = _("Sign your own line of the delegation log, %(name)s")
    else:
        people, sentence = people.filter(delegations=None), _("Delegate tasks to %(name)s")
    for person in people:
        page = reverse("administration:delegate", args=[person.pk])
        yield Todo("", sentence % {"name": person.full_name}, page, timezone.localdate(desk.at))


def consents(desk: Desk) -> Iterator[Todo]:
    for subject in desk.waiting(Task.SCREEN, state=SubjectState.IDENTIFIED):
        sentence = _("Record whether %(number)s consents")
        yield desk.todo(subject, sentence, page_of(subject, "enrollment:consent"))


def consents_again(desk: Desk) -> Iterator[Todo]:
    for subject, version in consents_due(desk.waiting(Task.SCREEN), at=desk.at):
        sentence = _("Obtain consent of %(number)s to version %(version)s of the consent form")
        page = page_of(subject, "enrollment:consent")
        yield desk.todo(subject, sentence, page, due=version.approved_on, version=version)


def screenings(desk: Desk) -> Iterator[Todo]:
    unscreened = ~Exists(Screening.objects.filter(subject=OuterRef("pk")))
    typed = Exists(ScreeningDraft.objects.filter(subject=OuterRef("pk")))
    waiting = taking_part(desk.waiting(Task.SCREEN, state=SubjectState.CONSENTED)).annotate(typed=typed)
    for subject in waiting.filter(unscreened | typed):
        sentence = _("Fill in the screening form of %(number)s")
        if subject.typed:
            sentence = _("Save the screening form of %(number)s: something is typed and not saved")
        yield desk.todo(subject, sentence, page_of(subject, "enrollment:screening"))


def assessments(desk: Desk) -> Iterator[Todo]:
    screened = Exists(Screening.objects.filter(subject=OuterRef("pk")))
    waiting = taking_part(desk.waiting(Task.ASSESS_ELIGIBILITY, state=SubjectState.CONSENTED))
    for subject in waiting.filter(screened):
        sentence = _("Decide on the eligibility of %(number)s")
        window, page = infusion_window(subject), page_of(subject, "enrollment:eligibility")
        yield desk.todo(subject, sentence, page, due=window and window.last)


def closed_windows(desk: Desk) -> Iterator[Todo]:
    """Eligible until the last day of the window passed without a randomization."""
    for subject in taking_part(desk.waiting(Task.ASSESS_ELIGIBILITY, state=SubjectState.ELIGIBLE)):
        window = infusion_window(subject)
        if window and window.last < subject.site.date_of(desk.at):
            sentence = _("Record the screen failure of %(number)s: the infusion window has closed")
            yield desk.todo(subject, sentence, page_of(subject, "enrollment:eligibility"), due=window.last)


def lapsed_assessments(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "randomize", Task.ASSESS_ELIGIBILITY):
        if randomization_is_near(due, desk.at) and not signed_eligibility(due.subject, at=desk.at):
            sentence = _("Sign the eligibility of %(number)s again: the signature is out of date")
            yield desk.todo(
                due.subject, sentence, page_of(due.subject, "enrollment:eligibility"), due=planned_on(due)
            )


def infusions_at(desk: Desk, step: str, task: Task) -> Iterator[DueInfusion]:
    for due in desk.infusions:
        if due.next_step == step and can(desk.actor, task, due.subject.site_id):
            yield due


def planned_on(due: DueInfusion) -> date | None:
    return due.subject.site.date_of(due.slot.starts_at) if due.slot else None


def randomization_is_near(due: DueInfusion, at: datetime) -> bool:
    hours = protocol_of(due.subject).randomization_max_hours_before_infusion
    return due.slot is not None and due.slot.starts_at - at <= timedelta(hours=hours)


def slots(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "reserve", Task.SCHEDULE_INFUSION):
        sentence = _("Reserve the infusion of %(number)s")
        yield desk.todo(
            due.subject, sentence, page_of(due.subject, "dosing:slot"), due=due.window and due.window.last
        )


def randomizations(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "randomize", Task.RANDOMIZE):
        if randomization_is_near(due, desk.at) and signed_eligibility(due.subject, at=desk.at):
            sentence = _("Randomize %(number)s")
            yield desk.todo(
                due.subject, sentence, page_of(due.subject, "randomization:randomize"), due=planned_on(due)
            )


def orders(desk: Desk) -> Iterator[Todo]:
    for due in infusions_at(desk, "order", Task.ORDER_INFUSION):
        planned = planned_on(due)
        if planned and planned <= due.today:
            sentence = _("Re-check %(number)s and order the infusion")
            yield desk.todo(due.subject, sentence, page_of(due.subject, "dosing:order"), due=planned)


def preparations(desk: Desk) -> Iterator[Todo]:
    for order in orders_at(desk.actor, [OrderState.ORDERED]).filter(subject__in=desk.subjects):
        site = order.subject.site
        start = order.slot.starts_at.astimezone(site.tz)
        sentence, page = _("Prepare kit %(kit)s for %(number)s: infusion at %(time)s"), "dosing:prepare"
        said = {"kit": order.kit.number, "time": f"{start:%H:%M}"}
        yield desk.todo(order.subject, sentence, page_of(order.subject, page), due=start.date(), **said)


def infusions(desk: Desk) -> Iterator[Todo]:
    sentences = {
        OrderState.RELEASED: _("Take over the bag of %(number)s: it is ready"),
        OrderState.HANDED_OVER: _("Start the infusion of %(number)s: the bag is at the bedside"),
        OrderState.STARTED: _("Record the end of the infusion of %(number)s"),
    }
    for step, sentence in sentences.items():
        for due in infusions_at(desk, step, Task.INFUSE):
            yield desk.todo(due.subject, sentence, page_of(due.subject, "dosing:infusion"), due=due.today)


def vital_signs(desk: Desk) -> Iterator[Todo]:
    """Time points of recent infusions that have come and are not recorded."""
    given = InfusionOrder.objects.filter(
        subject__in=desk.waiting(Task.INFUSE),
        state__in=[OrderState.STARTED, OrderState.FINISHED],
        slot__starts_at__gte=desk.at - timedelta(days=LATE_DAYS),
    )
    for order in given.select_related("subject__site", "slot"):
        if any(row.status(desk.at) == "due" for row in vitals_grid(order)):
            sentence, page = _("Record the vital signs of %(number)s around the infusion"), "dosing:vitals"
            day = order.subject.site.date_of(order.slot.starts_at)
            yield desk.todo(order.subject, sentence, page_of(order.subject, page), due=day)


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


def code_breaks(desk: Desk) -> Iterator[Todo]:
    for code_break in unassessed_breaks(desk.actor).filter(subject__in=desk.subjects):
        subject, sentence = code_break.subject, _("Assess the impact of the code break of %(number)s")
        yield desk.todo(
            subject, sentence, page_of(subject, "randomization:impact"), due=subject.site.date_of(desk.at)
        )


def void_reviews(desk: Desk) -> Iterator[Todo]:
    for signature in void_signatures(desk.waiting(Task.SIGN_CASEBOOK)):
        sentence = _("Sign again what changed after the signature: %(form)s of %(number)s")
        page = reverse(
            "casebook:sign", args=[signature.subject, signature.scope, signature.form, signature.record_id]
        )
        said = {"form": label_of(signature.form), "number": signature.subject}
        yield Todo(signature.subject, sentence % said, page, signature.site.date_of(desk.at))


def results_to_judge(desk: Desk) -> Iterator[Todo]:
    for subject in desk.waiting(Task.JUDGE_LABORATORY):
        if unjudged := unjudged_results(subject):
            sentence = _("Judge the results out of range of %(number)s: %(count)d")
            yield desk.todo(subject, sentence, page_of(subject, "outcomes:results"), count=len(unjudged))


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


def open_questions(desk: Desk) -> Iterator[Todo]:
    sentence = _("Answer query %(query)s about %(field)s of %(number)s")
    yield from questions(desk, Task.ANSWER_QUERY, QueryState.OPEN, sentence)


def answered_questions(desk: Desk) -> Iterator[Todo]:
    sentence = _("Review the answer to query %(query)s about %(field)s of %(number)s")
    yield from questions(desk, Task.RAISE_QUERY, QueryState.ANSWERED, sentence)


def questions(desk: Desk, task: Task, state: str, sentence: str) -> Iterator[Todo]:
    numbers = desk.waiting(task).values("number")
    for query in queries_for(desk.actor).filter(state=state, subject__in=numbers).order_by("opened_at"):
        yield Todo(
            query.subject,
            sentence % {"query": query.number, "field": about(query), "number": query.subject},
            reverse("monitoring:query", args=[query.number]),
            query.site.date_of(desk.at),
        )


def about(query: Query) -> str:
    return f"“{label_of(query.form, query.field)}”"


INVESTIGATORS = (Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR)
REVIEWERS = (Role.MONITOR, Role.DATA_MANAGER)


@dataclass(frozen=True)
class Duty:
    """Work of one kind, and the roles whose start page waits for it; others allowed to may do it, too."""

    work: Callable[[Desk], Iterable[Todo]]
    roles: tuple[Role, ...]


DUTIES = (
    Duty(code_breaks, INVESTIGATORS),
    Duty(delegations, (Role.PRINCIPAL_INVESTIGATOR,)),
    Duty(consents, (Role.COORDINATOR,)),
    Duty(consents_again, (Role.COORDINATOR,)),
    Duty(screenings, (Role.COORDINATOR,)),
    Duty(assessments, INVESTIGATORS),
    Duty(closed_windows, INVESTIGATORS),
    Duty(lapsed_assessments, INVESTIGATORS),
    Duty(slots, (Role.COORDINATOR,)),
    Duty(randomizations, (Role.COORDINATOR,)),
    Duty(orders, INVESTIGATORS),
    Duty(preparations, (Role.PHARMACIST,)),
    Duty(infusions, (Role.NURSE,)),
    Duty(vital_signs, (Role.NURSE,)),
    Duty(assessor_visits, (Role.ASSESSOR,)),
    Duty(daily_rows, (Role.ASSESSOR,)),
    Duty(site_visits, (Role.COORDINATOR,)),
    Duty(deaths, (Role.COORDINATOR,)),
    Duty(reactions, (Role.COORDINATOR,)),
    Duty(serious_events, (*INVESTIGATORS, Role.COORDINATOR)),
    Duty(expedited, (Role.SAFETY_OFFICER,)),
    Duty(causality, INVESTIGATORS),
    Duty(results_to_judge, INVESTIGATORS),
    Duty(void_reviews, INVESTIGATORS),
    Duty(open_questions, (*INVESTIGATORS, Role.COORDINATOR, Role.NURSE, Role.ASSESSOR)),
    Duty(answered_questions, REVIEWERS),
)


def has_duties(actor: Actor) -> bool:
    """Does work ever wait for this person's role?"""
    return any(actor.role in duty.roles for duty in DUTIES)


def work_of(actor: Actor, *, at: datetime) -> list[Todo]:
    """What waits for this person in their role, the most urgent first."""
    desk = Desk(actor, at, Subject.objects.all())
    found = [todo for duty in DUTIES if actor.role in duty.roles for todo in duty.work(desk)]
    return sorted(found, key=lambda todo: todo.urgency)


def next_step(actor: Actor, subject: Subject, *, at: datetime) -> Todo | None:
    """The first thing this person may do for this participant, in the order of the study."""
    desk = Desk(actor, at, Subject.objects.filter(pk=subject.pk))
    return next((todo for duty in DUTIES for todo in duty.work(desk) if todo.subject), None)
