"""Rows in which people write freely outside forms, as far as the tests' study has none: model -> maker of a row,
which takes the texts by column."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from enrollment.models import EligibilityAssessment, Subject, Withdrawal
from outcomes.models import AdverseEvent, SafetyReport
from randomization.models import CodeBreak, ImpactAssessment, LetterCount, RandomizedInError
from trial_site.core.models import Pause
from trial_site.monitoring import actions
from trial_site.monitoring.models import (
    AnalysisSets,
    AuditReview,
    DataReview,
    Deviation,
    Freeze,
    Query,
    QueryMessage,
    Scope,
)
from trial_site.monitoring.selectors import ref_of

Makers = dict[type, Callable[[dict[str, str]], Any]]


def makers(cast: Any, subject: Subject, now: datetime) -> Makers:
    person = cast.monitor.staff.pk
    return (
        told_in_review(cast, subject, now)
        | told_about_the_study(subject, now, person)
        | told_at_unblinding(subject, now, person)
        | told_of_the_participant(subject, now, person)
    )


def told_in_review(cast: Any, subject: Subject, now: datetime) -> Makers:
    here, today, person = ref_of("SU", subject), subject.site.date_of(now), cast.monitor.staff.pk
    mine = {"form": "SU", "record_id": subject.pk, "subject": subject.number, "site_id": subject.site_id}
    lifted = {"placed_at": now, "placed_by_id": person, "lifted_at": now, "lifted_by_id": person}
    sets = {"full_analysis": True, "per_protocol": False, "safety": True}
    return {
        QueryMessage: lambda given: actions.open_query(
            here, **given, origin=Query.Origin.PERSON, by=cast.monitor.actor(), at=now
        ).messages.get(),
        Deviation: lambda given: actions.raise_deviation(
            here,
            kind="other",
            grade="minor",
            text="-",
            occurred_on=today,
            by=cast.data_manager.actor(),
            at=now,
        ),
        Freeze: lambda given: Freeze.objects.create(scope=Scope.RECORD, **mine, **lifted, lift_reason="-"),
        AnalysisSets: lambda given: AnalysisSets.objects.create(
            subject=subject.number, site_id=subject.site_id, **sets, why="-"
        ),
    }


def told_about_the_study(subject: Subject, now: datetime, person: int) -> Makers:
    today = subject.site.date_of(now)
    paused = {"paused_at": now, "paused_by_id": person, "resumed_at": now, "resumed_by_id": person}
    counts = {"occasion": "visit", "intact": 1, "opened": 0, "expected_opened": 0}
    return {
        DataReview: lambda given: DataReview.objects.create(
            held_on=today, recorded_by_id=person, recorded_at=now, **given
        ),
        AuditReview: lambda given: AuditReview.objects.create(
            since=today, until=today, reviewed_by_id=person, reviewed_at=now, **given
        ),
        Pause: lambda given: Pause.objects.create(
            what="infusion", decided_by="dsmb", **paused, resume_reason="-"
        ),
        LetterCount: lambda given: LetterCount.objects.create(
            site=subject.site, **counts, counted_by_id=person, counted_at=now, **given
        ),
    }


def told_at_unblinding(subject: Subject, now: datetime, person: int) -> Makers:
    broken = {"category": "emergency", "broken_by_id": person, "broken_at": now, "letter": "L1"}

    def code_break(given: dict[str, str]) -> CodeBreak:
        return CodeBreak.objects.create(subject=subject, **broken, **given)

    return {
        CodeBreak: code_break,
        ImpactAssessment: lambda given: ImpactAssessment.objects.create(
            code_break=CodeBreak.objects.first() or code_break({"why": "-"}),
            subject=subject,
            assessed_by_id=person,
            assessed_at=now,
            **given,
        ),
        RandomizedInError: lambda given: RandomizedInError.objects.create(
            subject=subject, recorded_by_id=person, recorded_at=now, **given
        ),
    }


def told_of_the_participant(subject: Subject, now: datetime, person: int) -> Makers:
    today = subject.site.date_of(now)

    def assessed_again(given: dict[str, str]) -> EligibilityAssessment:
        last = EligibilityAssessment.objects.filter(subject=subject).latest("pk")
        last.pk, last._state.adding = None, True
        for name, value in given.items():
            setattr(last, name, value)
        last.save(force_insert=True)
        return last

    return {
        EligibilityAssessment: assessed_again,
        Withdrawal: lambda given: Withdrawal.objects.create(
            subject=subject, kind="treatment", on=today, **given
        ),
        SafetyReport: lambda given: SafetyReport.objects.create(
            subject=subject,
            event=AdverseEvent.objects.filter(subject=subject).first(),
            number=1,
            reported_by_id=person,
            reported_at=now,
            **given,
        ),
    }
