"""What stands in the way of randomizing, what a supply hold keeps, and what is never undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg2
import pytest
from django.db import DatabaseError, transaction

from dosing.actions import reserve_slot
from dosing.selectors import free_slots
from enrollment import actions as enrollment
from enrollment.models import SUBJECT_TRANSITIONS, Subject, SubjectState
from enrollment.selectors import screening_of
from randomization import actions
from randomization.models import Kit, Randomization, RandomizationRequest
from randomization.tasks import finish_interrupted
from tests.cast import ARMS, LOGINS
from tests.clinic import NOW, TODAY, VALUES, eligible, screened
from tests.secrecy.attacker import Attacker
from trial_site.audit.action import attributed
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.protocol import latest
from trial_site.monitoring.models import Deviation

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RANDOMIZERS = {"coordinator", "investigator", "principal"}
HOLD = "Supply hold: call the pharmacy."
WAITING = f"{HOLD} The request is kept and will be completed."


def reserve(cast, subject: Subject, *, after: timedelta = timedelta(0)) -> datetime:
    start = next(start for start in free_slots(subject, at=NOW) if start - NOW > after)
    reserve_slot(subject, starts_at=start, by=cast.coordinator.actor(NOW), at=NOW)
    return start


def ready(cast) -> Subject:
    subject = eligible(cast)
    reserve(cast, subject)
    return subject


def randomize(cast, subject: Subject, *, by: str = "coordinator", at: datetime = NOW) -> Randomization:
    return actions.randomize(subject, by=getattr(cast, by).actor(at), at=at)


def written() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (RandomizationRequest, Randomization, Kit, Event))


def refusal(call: Callable[[], object]) -> str:
    """The sentence; nothing at all was written, not even an event."""
    before = written()
    with pytest.raises(Refused) as refused:
        call()
    assert written() == before
    return str(refused.value)


def quarantine(owner, *, arm: str, step: str = "quarantined") -> None:
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
            " SELECT number, %s, now(), (SELECT min(id) FROM core_staffmember), '' FROM sealed_kitcontent"
            " WHERE arm = %s",
            [step, arm],
        )


def release(owner, *, arm: str) -> None:
    quarantine(owner, arm=arm, step="released")


# --- What stands in the way ---


def test_a_participant_who_is_ready_is_randomized_once(cast):
    subject = ready(cast)
    done = randomize(cast, subject)
    assert (done.number, done.randomized_at, done.randomized_by) == ("R001", NOW, cast.coordinator.staff)
    subject.refresh_from_db()
    assert subject.state == SubjectState.RANDOMIZED
    before = written()
    assert randomize(cast, subject, by="investigator", at=NOW + HOUR) == done
    assert written() == before


def not_eligible(cast) -> tuple[Subject, datetime]:
    return screened(cast), NOW


def consent_withdrawn(cast) -> tuple[Subject, datetime]:
    subject = ready(cast)
    by = cast.coordinator.actor(NOW)
    enrollment.record_withdrawal(subject, kind="consent", on=TODAY, by=by, at=NOW)
    return subject, NOW


def signed_25_hours_ago(cast) -> tuple[Subject, datetime]:
    subject = eligible(cast)
    reserve(cast, subject, after=DAY + HOUR)
    return subject, NOW + 25 * HOUR


def changed_after_signing(cast) -> tuple[Subject, datetime]:
    subject = ready(cast)
    amend(cast, subject, respiratory_rate=22)
    return subject, NOW


def no_slot(cast) -> tuple[Subject, datetime]:
    return eligible(cast), NOW


def slot_in_two_days(cast) -> tuple[Subject, datetime]:
    subject = eligible(cast)
    reserve(cast, subject, after=DAY)
    return subject, NOW


def slot_has_passed(cast) -> tuple[Subject, datetime]:
    subject = eligible(cast)
    return subject, reserve(cast, subject) + HOUR


def planned_outside_the_window(cast) -> tuple[Subject, datetime]:
    """Planning refuses this too, and so does signing; randomizing does not rely on either."""
    subject = ready(cast)
    with transaction.atomic(), attributed(Actor.system("test"), action="test"):
        subject.planned_infusion_at = NOW + 6 * DAY
        subject.save()
    return subject, NOW


def amend(cast, subject: Subject, **values) -> None:
    screening = screening_of(subject)
    enrollment.unsign_eligibility(subject, reason="Read again", by=cast.investigator.actor(NOW), at=NOW)
    enrollment.amend_screening(
        screening,
        values=VALUES | values,
        version=screening.version,
        reason="Read again",
        by=cast.coordinator.actor(NOW),
        at=NOW,
    )


NOT_ELIGIBLE = "Only an eligible participant whose consent stands can be randomized."
UNSIGNED = "The signed eligibility is no longer valid. An investigator must sign again."
NO_SLOT = "Reserve an infusion slot inside the day 10 to 15 window first."


@pytest.mark.parametrize(
    ("bring", "sentence"),
    [
        (not_eligible, NOT_ELIGIBLE),
        (consent_withdrawn, NOT_ELIGIBLE),
        (signed_25_hours_ago, UNSIGNED),
        (changed_after_signing, NOT_ELIGIBLE),
        (no_slot, NO_SLOT),
        (planned_outside_the_window, NO_SLOT),
        (slot_in_two_days, "Randomization is possible from 24 hours before the planned infusion."),
        (slot_has_passed, "The reserved time has passed. Reserve another infusion slot."),
    ],
)
def test_what_is_not_ready_is_refused_and_nothing_is_written(cast, bring, sentence):
    subject, at = bring(cast)
    assert refusal(lambda: randomize(cast, subject, at=at)) == sentence


def test_only_those_who_are_delegated_randomize(cast):
    subject = ready(cast)
    before = written()
    for who in LOGINS.keys() - RANDOMIZERS:
        with pytest.raises(NotAllowed):
            randomize(cast, subject, by=who)
    assert written() == before


# --- Supply hold ---


def test_a_hold_says_the_same_whichever_arm_is_empty(cast, owner):
    subject, said = ready(cast), []
    for arm in ARMS:
        quarantine(owner, arm=arm)
        assert not actions.supply_open(subject.site)
        said.append(refusal(lambda: randomize(cast, subject)))
        release(owner, arm=arm)
    assert said == [HOLD, HOLD]
    assert randomize(cast, subject).number == "R001"


@pytest.fixture(params=ARMS)
def held(cast, owner, request) -> Subject:
    """A participant whose request was committed just before one arm ran out."""
    subject = ready(cast)
    actions.request_randomization(subject, by=cast.coordinator.actor(NOW), at=NOW)
    quarantine(owner, arm=request.param)
    subject.open_supply = lambda: release(owner, arm=request.param)
    return subject


def test_a_request_waits_for_the_supply_and_is_then_completed(cast, held):
    assert refusal(lambda: randomize(cast, held)) == WAITING
    assert actions.finish_interrupted_randomizations() == 0
    finish_interrupted()
    assert RandomizationRequest.objects.count() == 1
    held.open_supply()
    assert actions.finish_interrupted_randomizations() == 1
    done = Randomization.objects.get(subject=held)
    assert (done.number, done.randomized_at, done.randomized_by) == ("R001", NOW, cast.coordinator.staff)
    assert done.kits.count() == 1
    assert Subject.objects.get(pk=held.pk).state == SubjectState.RANDOMIZED
    assert actions.finish_interrupted_randomizations() == 0


def test_the_celery_task_completes_it(held):
    held.open_supply()
    finish_interrupted()
    assert Randomization.objects.get(subject=held).number == "R001"


def test_a_place_taken_is_kept_when_consent_ends_during_the_hold(cast, held):
    """The list has no hole: whoever was given a place stays in it (intention to treat)."""
    by = cast.coordinator.actor(NOW)
    enrollment.record_withdrawal(held, kind="consent", on=TODAY, by=by, at=NOW)
    held.open_supply()
    finish_interrupted()
    assert Randomization.objects.get(subject=held).number == "R001"
    assert Subject.objects.get(pk=held.pk).state == SubjectState.WITHDRAWN


# --- Randomized in error stays randomized ---


@pytest.mark.parametrize("table", ["randomizationrequest", "randomization", "kit"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {} SET id = id + 1000", "TRUNCATE {} CASCADE"]
)
def test_no_statement_of_the_application_takes_it_back(cast, application, table, statement):
    randomize(cast, ready(cast))
    Attacker(application).is_refused(statement.format(f"randomization_{table}"))


def test_no_model_method_takes_it_back(cast):
    done = randomize(cast, ready(cast))
    for record in (done.kits.get(), done, RandomizationRequest.objects.get()):
        with pytest.raises(DatabaseError), transaction.atomic():
            record.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            record.save()


def test_the_participant_does_not_become_eligible_again(cast, application):
    assert SubjectState.ELIGIBLE not in SUBJECT_TRANSITIONS[SubjectState.RANDOMIZED]
    subject = ready(cast)
    randomize(cast, subject)
    with (
        Attacker(application).session() as cursor,
        pytest.raises(psycopg2.Error, match="cannot go from randomized"),
    ):
        cursor.execute("UPDATE enrollment_subject SET state = 'eligible' WHERE id = %s", [subject.pk])


def test_an_error_is_said_once_with_a_reason_and_takes_nothing_back(cast):
    subject = ready(cast)
    by = cast.investigator.actor(NOW)
    with pytest.raises(Refused, match="not randomized"):
        actions.record_randomized_in_error(subject, why="Wrong person", by=by, at=NOW)
    done = randomize(cast, subject)
    with pytest.raises(Refused):
        actions.record_randomized_in_error(subject, why=" ", by=by, at=NOW)
    coordinator = cast.coordinator.actor(NOW)
    with pytest.raises(NotAllowed):
        actions.record_randomized_in_error(subject, why="Wrong person", by=coordinator, at=NOW)
    actions.record_randomized_in_error(subject, why="The culture was read wrongly", by=by, at=NOW)
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.grade, deviation.subject) == ("eligibility", "major", subject.number)
    assert "The culture was read wrongly" in deviation.text
    with pytest.raises(Refused, match="recorded already"):
        actions.record_randomized_in_error(subject, why="Again", by=by, at=NOW)
    assert Randomization.objects.get(subject=subject) == done
    assert Subject.objects.get(pk=subject.pk).state == SubjectState.RANDOMIZED


def test_strata_are_those_of_the_randomization(cast, monkeypatch):
    stratified = replace(latest(), strata=("sex",))
    monkeypatch.setattr("enrollment.selectors.protocol_of", lambda subject: stratified)
    subject = ready(cast)
    randomize(cast, subject)
    assert RandomizationRequest.objects.get(subject=subject).strata == {"sex": "male"}
    with pytest.raises(DatabaseError), transaction.atomic():
        RandomizationRequest.objects.filter(subject=subject).update(strata={"sex": "female"})
