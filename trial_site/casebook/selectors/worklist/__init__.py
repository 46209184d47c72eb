"""What must be done now, as sentences: for one person on the start page, for one participant in the casebook."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from enrollment.models import Subject
from trial_site.casebook.selectors.worklist import dosing, enrollment, outcomes, review
from trial_site.casebook.selectors.worklist.desk import Desk, Todo
from trial_site.core.actors import Actor
from trial_site.core.permissions import Role

INVESTIGATORS = (Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR)
REVIEWERS = (Role.MONITOR, Role.DATA_MANAGER)


@dataclass(frozen=True)
class Duty:
    """Work of one kind, and the roles whose start page waits for it; others allowed to may do it, too."""

    work: Callable[[Desk], Iterable[Todo]]
    roles: tuple[Role, ...]


DUTIES = (
    Duty(review.code_breaks, INVESTIGATORS),
    Duty(enrollment.delegations, (Role.PRINCIPAL_INVESTIGATOR,)),
    Duty(enrollment.consents, (Role.COORDINATOR,)),
    Duty(enrollment.consents_again, (Role.COORDINATOR,)),
    Duty(enrollment.screenings, (Role.COORDINATOR,)),
    Duty(enrollment.assessments, INVESTIGATORS),
    Duty(enrollment.closed_windows, INVESTIGATORS),
    Duty(enrollment.lapsed_assessments, INVESTIGATORS),
    Duty(dosing.slots, (Role.COORDINATOR,)),
    Duty(dosing.randomizations, (Role.COORDINATOR,)),
    Duty(dosing.orders, INVESTIGATORS),
    Duty(dosing.preparations, (Role.PHARMACIST,)),
    Duty(dosing.returns, (Role.PHARMACIST,)),
    Duty(dosing.infusions, (Role.NURSE,)),
    Duty(dosing.vital_signs, (Role.NURSE,)),
    Duty(outcomes.assessor_visits, (Role.ASSESSOR,)),
    Duty(outcomes.daily_rows, (Role.ASSESSOR,)),
    Duty(outcomes.site_visits, (Role.COORDINATOR,)),
    Duty(outcomes.ct_scans, (Role.CT_READER,)),
    Duty(outcomes.calls, (Role.COORDINATOR,)),
    Duty(outcomes.deaths, (Role.COORDINATOR,)),
    Duty(outcomes.dead_by_assessment, (Role.COORDINATOR,)),
    Duty(outcomes.pregnancies, (Role.COORDINATOR,)),
    Duty(outcomes.reactions, (Role.COORDINATOR,)),
    Duty(outcomes.serious_events, (*INVESTIGATORS, Role.COORDINATOR)),
    Duty(outcomes.expedited, (Role.SAFETY_OFFICER,)),
    Duty(outcomes.causality, INVESTIGATORS),
    Duty(outcomes.results_to_judge, INVESTIGATORS),
    Duty(outcomes.guesses, (*INVESTIGATORS, Role.COORDINATOR, Role.ASSESSOR)),
    Duty(review.void_reviews, INVESTIGATORS),
    Duty(review.open_questions, (*INVESTIGATORS, Role.COORDINATOR, Role.NURSE, Role.ASSESSOR)),
    Duty(review.answered_questions, REVIEWERS),
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
