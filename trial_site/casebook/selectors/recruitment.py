"""Everyone ever seen at the study sites a person reads, and why they did not go on."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from dosing.models import Infusion
from dosing.selectors import events_before_dose
from enrollment.models import (
    EligibilityAssessment,
    Ending,
    ProtocolApproval,
    Subject,
    SubjectState,
    Withdrawal,
)
from enrollment.rules.consequences import Event
from enrollment.selectors import sites_for
from trial_site.casebook.flow import Month, Person, planned_by
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task
from trial_site.core.protocol import Protocol, latest

FAILED = EligibilityAssessment.Decision.SCREEN_FAILURE


def everyone_seen(actor: Actor) -> QuerySet[Subject]:
    """The people logged at the study sites whose casebooks the actor reads, in the order of their numbers."""
    return Subject.objects.filter(site__in=sites_for(actor, Task.VIEW_CASEBOOK)).select_related(
        "site", "randomization"
    )


def people(subjects: QuerySet[Subject], *, at: datetime) -> list[Person]:
    """What the flow counts of each; a fixed number of queries, and a few for who still waits for an infusion."""
    ids = subjects.values("pk")
    received = Q(volume_ml=None) | Q(volume_ml__gt=0)
    infused = set(Infusion.objects.filter(received, subject__in=ids).values_list("subject", flat=True))
    events, failed = events_by_subject(subjects), reasons_by_subject(subjects)
    return [
        person(subject, events[subject.pk], tuple(failed[subject.pk]), subject.pk in infused, at=at)
        for subject in subjects
    ]


def person(
    subject: Subject, events: frozenset[Event], failed: tuple[str, ...], received: bool, *, at: datetime
) -> Person:
    randomization = getattr(subject, "randomization", None)
    if randomization and not received and not events:
        events = events_before_dose(subject, at=at)
    return Person(
        number=subject.number,
        seen_on=subject.identified_on,
        state=subject.state,
        events=events,
        failed=failed,
        randomized_on=randomization and subject.site.date_of(randomization.randomized_at),
        received=received,
    )


def events_by_subject(subjects: QuerySet[Subject]) -> defaultdict[int, frozenset[Event]]:
    """As `enrollment.selectors.events_of`, for many at once."""
    found: defaultdict[int, frozenset[Event]] = defaultdict(frozenset)
    rows = [
        *Withdrawal.objects.filter(subject__in=subjects.values("pk")).values_list("subject", "kind"),
        *Ending.objects.filter(subject__in=subjects.values("pk"), stands=True).values_list("subject", "kind"),
    ]
    by_code = {event.value: event for event in Event}
    for subject, kind in rows:
        found[subject] |= {by_code[kind]}
    return found


def reasons_by_subject(subjects: QuerySet[Subject]) -> defaultdict[int, dict[str, str]]:
    """The reason of each failed criterion, by its code, of everyone who is a screen failure."""
    decided = EligibilityAssessment.objects.filter(
        decision=FAILED, subject__in=subjects.filter(state=SubjectState.SCREEN_FAILED).values("pk")
    )
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    found.update(decided.order_by("id").values_list("subject", "failed_criteria"))
    return found


@dataclass(frozen=True)
class LogLine:
    """One line of the screening log: who, how far, and why not further."""

    subject: Subject
    reasons: list[tuple[str, str]]
    events: list[Event]


def screening_log(subjects: list[Subject]) -> Iterator[LogLine]:
    """Lines of subjects that `everyone_seen` gave."""
    these = Subject.objects.filter(pk__in=[subject.pk for subject in subjects])
    events, failed = events_by_subject(these), reasons_by_subject(these)
    for subject in subjects:
        happened = [event for event in Event if event in events[subject.pk]]
        yield LogLine(subject, sorted(failed[subject.pk].items()), happened)


@dataclass(frozen=True)
class Recruitment:
    """The plan, and when recruitment opened."""

    opened: date
    ends: date
    protocol: Protocol


def recruitment_plan(actor: Actor) -> Recruitment | None:
    """From the day the first of the actor's study sites could begin; None before that."""
    sites: QuerySet[StudySite] = sites_for(actor, Task.VIEW_CASEBOOK)
    first = ProtocolApproval.objects.filter(site__in=sites).order_by("effective_on").first()
    if first is None:
        return None
    protocol = latest()
    length = timedelta(days=round(protocol.recruitment_months * 365.25 / 12))
    return Recruitment(first.effective_on, first.effective_on + length, protocol)


def months(plan: Recruitment, randomized_on: list[date], *, today: date) -> Iterator[Month]:
    """Every month from the opening until today, with who was randomized by its end."""
    day = plan.opened
    while True:
        last = day.replace(day=monthrange(day.year, day.month)[1])
        until = min(last, today)
        yield Month(
            until,
            planned_by(
                until,
                opened=plan.opened,
                planned=plan.protocol.planned_participants,
                months=plan.protocol.recruitment_months,
            ),
            sum(on <= until for on in randomized_on),
        )
        if last >= today:
            return
        day = last + timedelta(days=1)
