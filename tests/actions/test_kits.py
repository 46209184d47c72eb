"""What happens to kits: the ledger follows the participant; a second kit is of the same arm, never a new place."""

from datetime import timedelta

import pytest

from randomization import actions, unblinding
from randomization.models import Kit, KitRequest, Purpose, Randomization, Step
from randomization.rules.ledger import OUTSIDE
from randomization.selectors import kit_of
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db(transaction=True)
NONE_LEFT = "No bag is available today: call the pharmacy. The request is kept."


@pytest.fixture
def steps(owner):
    """What the ledger says of one kit, by its number or that of the bag it filled first, as the owner reads it."""

    def read(number: str) -> list[tuple[str, str]]:
        with owner().cursor() as cursor:
            cursor.execute(
                "SELECT step, place::text FROM sealed_movement WHERE kit_number = coalesce("
                " (SELECT min(f.kit_number) FROM sealed_movement f WHERE f.bag = %s AND f.access_id IS NULL), %s)"
                " ORDER BY id",
                [number, number],
            )
            return cursor.fetchall()

    return read


def look(cast, subject, now):
    by = cast.pharmacist.actor(now)
    return actions.record_access(subject, purpose=Purpose.PREPARE, why="Preparation", by=by)


def contents(cast, subject, now):
    return unblinding.kit_contents(look(cast, subject, now), by=cast.pharmacist.actor(now))


def not_given(cast, subject, now):
    """The kit of a prepared bag that is lost at the bedside."""
    kit = kit_of(subject)
    actions.record_kit_step(kit, step=Step.NOT_GIVEN, by=cast.nurse.actor(now), at=now)
    return kit


def test_every_step_outside_the_pharmacy_has_its_tasks():
    assert set(actions.kits.OUTSIDE) == set(OUTSIDE)


def test_steps_at_the_bedside_reach_the_ledger(cast, steps):
    subject, now = participant_at("released")
    kit = kit_of(subject)
    nurse, second = cast.nurse.actor(now), cast.second_nurse.staff
    before = Event.objects.count()
    for step in (Step.HANDED_OVER, Step.STARTED, Step.PART_GIVEN, Step.RETURNED):
        actions.record_kit_step(kit, step=step, by=nurse, at=now, second_person=second)
    assert steps(kit.number)[-4:] == [
        ("handed_over", "ward"),
        ("started", "ward"),
        ("part_given", "ward"),
        ("returned", "waste"),
    ]
    assert Event.objects.count() == before, "nothing is left outside the room"


def test_whose_step_it_is(cast):
    subject, now = participant_at("released")
    with pytest.raises(NotAllowed):
        actions.record_kit_step(kit_of(subject), step=Step.STARTED, by=cast.assessor.actor(now), at=now)


def test_a_second_kit_is_given_once_whatever_is_repeated(cast, steps):
    subject, now = participant_at("released")
    first, investigator = not_given(cast, subject, now), cast.investigator.actor(now)
    second = actions.assign_second_kit(first, cause="attempt", by=investigator, at=now)
    assert second == actions.assign_second_kit(first, cause="bag", by=investigator, at=now)
    assert (Randomization.objects.count(), Kit.objects.count(), KitRequest.objects.count()) == (1, 2, 1)
    assert second == kit_of(subject) != first
    assert steps(second.number)[-1] == ("assigned", "assigned")
    assert len({kit.arm for kit in contents(cast, subject, now)}) == 1


def test_who_may_ask_for_a_second_kit(cast):
    subject, now = participant_at("released")
    with pytest.raises(NotAllowed):
        actions.assign_second_kit(kit_of(subject), cause="bag", by=cast.coordinator.actor(now), at=now)
    assert not KitRequest.objects.exists()


def test_without_a_usable_kit_of_every_arm_the_answer_is_the_same(cast, owner):
    subject, now = participant_at("released")
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sealed_kitcontent SET expires_on = current_date + 1 WHERE arm = 'CANARYVEHICLE'"
        )
    kit = not_given(cast, subject, now)
    with pytest.raises(Refused, match=NONE_LEFT):
        actions.assign_second_kit(kit, cause="bag", by=cast.investigator.actor(now), at=now)
    assert Kit.objects.count() == 1


def test_what_fails_in_the_pharmacy_is_met_there_and_nobody_else_sees_it(cast, steps):
    subject, now = participant_at("ordered")
    kit, pharmacist = kit_of(subject), cast.pharmacist.actor(now)
    access = look(cast, subject, now)
    for step in (Step.PREPARING, Step.FAILED):
        actions.record_preparation_step(access, kit=kit, step=step, by=pharmacist, at=now)
    before = Event.objects.count()
    actions.substitute_kit(access, kit=kit, by=pharmacist)
    assert (Event.objects.count(), kit_of(subject)) == (before, kit)
    [inside] = contents(cast, subject, now)
    assert inside.kit_number == kit.number != inside.filled_from
    assert steps(kit.number)[-1] == ("failed", "waste")
    actions.record_kit_step(kit, step=Step.ORDERED, by=cast.investigator.actor(now), at=now)
    assert steps(inside.filled_from) == [
        ("received", "quarantine"),
        ("released", "shelf"),
        ("assigned", "assigned"),
        ("ordered", "assigned"),
    ]


def test_a_kit_that_has_not_failed_is_not_substituted(cast):
    subject, now = participant_at("ordered")
    access = look(cast, subject, now)
    with pytest.raises(Refused):
        actions.substitute_kit(access, kit=kit_of(subject), by=cast.pharmacist.actor(now))


@pytest.mark.parametrize(
    "spoil",
    [
        "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
        " SELECT '{}', 'withdrawn', now(), min(id), '' FROM core_staffmember",
        "UPDATE sealed_kitcontent SET expires_on = current_date WHERE number = '{}'",
    ],
    ids=["withdrawn", "expired"],
)
def test_a_spoiled_kit_is_never_prepared(cast, owner, spoil):
    subject, now = participant_at("ordered")
    kit, pharmacist = kit_of(subject), cast.pharmacist.actor(now)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT kit FROM sealed_bags() WHERE bag = %s", [kit.number])
        cursor.execute(spoil.format(*cursor.fetchone()))
    access = look(cast, subject, now)
    assert [inside.usable for inside in contents(cast, subject, now)] == [False]
    with pytest.raises(Refused):
        actions.record_preparation_step(access, kit=kit, step=Step.PREPARING, by=pharmacist, at=now)


def test_preparation_is_in_the_ledger(cast, steps):
    subject, _ = participant_at("released")
    assert steps(kit_of(subject).number)[-2:] == [("preparing", "bench"), ("prepared", "ready")]


def test_a_step_of_long_ago_keeps_its_time(cast, owner):
    subject, now = participant_at("released")
    then = now - timedelta(hours=3)
    actions.record_kit_step(
        kit_of(subject), step=Step.HANDED_OVER, by=cast.nurse.actor(now), at=then, note="late"
    )
    with owner().cursor() as cursor:
        cursor.execute("SELECT at, note FROM sealed_movement ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone() == (then, "late")
