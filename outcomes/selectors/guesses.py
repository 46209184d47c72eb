"""Who is asked what they believe was given, and when: late enough that the answer disturbs no assessment."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from enrollment.models import Subject
from outcomes.models import BlindingGuess
from outcomes.rules.derived import PRIMARY_DAY
from outcomes.selectors.visits import with_course
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, can

Whose = BlindingGuess.Whose
# Assessors and investigators guess for themselves; the coordinator asks the participant.
ASKED_UNDER = {
    Whose.ASSESSOR: Task.ASSESS_OUTCOMES,
    Whose.INVESTIGATOR: Task.ASSESS_CAUSALITY,
    Whose.PARTICIPANT: Task.RECORD_LABORATORY,
}


def whose_guess(actor: Actor, site_id: int) -> Whose | None:
    """Whose guess this person records at a study site."""
    return next((whose for whose, task in ASKED_UNDER.items() if can(actor, task, site_id)), None)


def guess_of(subject: Subject, whose: Whose) -> BlindingGuess | None:
    return BlindingGuess.objects.filter(subject=subject, whose=whose).first()


def guesses_due(subjects: QuerySet[Subject], whose: Whose, *, at: datetime) -> Iterator[Subject]:
    """Those of `subjects` of whom it is asked now: infused, and day 28 is there. Others than the participant are
    asked when follow-up ended earlier, too."""
    asked = BlindingGuess.objects.filter(whose=whose).values("subject")
    for subject in with_course(subjects.exclude(randomization=None).exclude(pk__in=asked)):
        today = subject.site.date_of(at)
        if subject.infused_at is None:
            continue
        from_day = subject.site.date_of(subject.infused_at) + timedelta(days=PRIMARY_DAY)
        ended = subject.ended_on is not None and subject.ended_on <= today
        if ended and whose == Whose.PARTICIPANT:
            continue
        if ended or today >= from_day:
            yield subject
