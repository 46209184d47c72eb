"""Attacks on the door of the final unblinding: it opens after lock, two people and a look, each committed."""

import psycopg2
import pytest

from tests.secrecy.attacker import Attacker, claim_to_be_somebody
from tests.secrecy.test_closed_report import GROUPS, RECORD

pytestmark = pytest.mark.django_db(transaction=True)
FREEZE = (
    "INSERT INTO monitoring_freeze (scope, form, subject, site_id, placed_at, placed_by_id, lift_reason)"
    " SELECT %s, '', '', (SELECT id FROM core_studysite WHERE code = %s), now(), min(id), ''"
    " FROM core_staffmember RETURNING id"
)
LOCK = ("database", None)
UNBLIND = (
    "INSERT INTO randomization_studyunblinding (person_id, second_person_id, lock_id, tx, at)"
    " SELECT one.id, two.id, %s, 1, now() FROM core_staffmember one, core_staffmember two"
    " WHERE one.email = %s || '@demo.example' AND two.email = %s || '@demo.example' RETURNING id"
)
LOOK = (
    "INSERT INTO randomization_studyaccess (person_id, unblinding_id, why, tx, at)"
    " SELECT id, %s, 'curious', 1, now() FROM core_staffmember WHERE email = %s || '@demo.example' RETURNING id"
)
ARMS = "SELECT string_agg(subject_id || ' ' || arm, ', ' ORDER BY subject_id) FROM sealed_study_arms(%s)"
TRUTH = (
    "SELECT string_agg(r.subject_id || ' ' || p.arm, ', ' ORDER BY r.subject_id) FROM sealed_binding b"
    " JOIN sealed_place p USING (place) JOIN randomization_randomizationrequest r ON r.id = b.request_id"
)
UNLOCK = (
    "UPDATE monitoring_freeze SET lifted_at = now(), lifted_by_id = 1, lifted_with_id = 2, lift_reason = 'x'"
    " WHERE scope = 'database'"
)
SAVEPOINTS = pytest.mark.parametrize("inside", [[], ["SAVEPOINT a"]], ids=["plain", "savepoint"])


@pytest.fixture
def attacker(attacker) -> Attacker:
    """Of a study in which three are randomized."""
    for _ in range(3):
        attacker.allocated_subject()
    return attacker


def locked(attacker: Attacker) -> int:
    return attacker.commit(FREEZE, *LOCK)[0]


def unblinded(attacker: Attacker) -> int:
    return attacker.commit(UNBLIND, locked(attacker), "pi", "statistician")[0]


def looking(attacker: Attacker) -> int:
    return attacker.commit(LOOK, unblinded(attacker), "statistician")[0]


def refused(cursor, statement: str, *parameters) -> None:
    with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
        cursor.execute(statement, parameters)


def test_after_lock_two_people_and_a_look_everybodys_arm_is_what_the_owner_reads(attacker, owner):
    arms = attacker.commit(ARMS, looking(attacker))[0]
    assert arms.count("CANARY") == 3
    with owner().cursor() as cursor:
        cursor.execute(TRUTH)
        assert cursor.fetchone()[0] == arms


def test_without_the_lock_of_the_database_nobody_unblinds(attacker):
    site = attacker.commit(FREEZE, "site", "01")[0]
    attacker.is_refused(UNBLIND, site, "pi", "statistician")
    attacker.is_refused(UNBLIND, site + 1000, "pi", "statistician")
    lifted = locked(attacker)
    attacker.commit(UNLOCK)
    attacker.is_refused(UNBLIND, lifted, "pi", "statistician")
    revive = "UPDATE monitoring_freeze SET lifted_at = NULL WHERE scope = 'database'"
    attacker.is_refused(UNBLIND, lifted, "pi", "statistician", before=revive)


@SAVEPOINTS
def test_a_lock_of_the_same_transaction_does_not_count(attacker, inside):
    with attacker.session() as cursor:
        for statement in inside:
            cursor.execute(statement)
        cursor.execute(FREEZE, LOCK)
        refused(cursor, UNBLIND, cursor.fetchone()[0], "pi", "statistician")


@SAVEPOINTS
@pytest.mark.parametrize("committed", ["nothing", "unblinding"])
def test_what_could_be_rolled_back_shows_nothing(attacker, inside, committed):
    lock = locked(attacker)
    if committed == "unblinding":
        unblinding = attacker.commit(UNBLIND, lock, "pi", "statistician")[0]
    with attacker.session() as cursor:
        for statement in inside:
            cursor.execute(statement)
        if committed == "nothing":
            cursor.execute(UNBLIND, [lock, "pi", "statistician"])
            unblinding = cursor.fetchone()[0]
        cursor.execute(LOOK, [unblinding, "statistician"])
        refused(cursor, ARMS, cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("pi", "pi"),
        ("statistician", "statistician"),
        ("pi", "datamanager"),
        ("datamanager", "statistician"),
        ("pi", "investigator"),
        ("pi", "statistician.unblinded"),
        ("medicalmonitor", "pharmacist1"),
    ],
)
def test_one_person_or_somebody_undelegated_does_not_unblind(attacker, one, two):
    attacker.is_refused(UNBLIND, locked(attacker), one, two)


@pytest.mark.parametrize(
    "taken", ["ends_at = now()", "site_id = (SELECT id FROM core_studysite WHERE code = '01')"]
)
def test_a_delegation_that_ended_is_for_one_site_or_was_forged_does_not_count(attacker, taken):
    lock = locked(attacker)
    attacker.commit(f"UPDATE core_delegation SET {taken} WHERE task = 'unblind_study'")
    attacker.is_refused(UNBLIND, lock, "pi", "statistician")
    revive = "UPDATE core_delegation SET ends_at = NULL, site_id = NULL WHERE task = 'unblind_study'"
    attacker.is_refused(UNBLIND, lock, "pi", "statistician", before=revive)


def test_nobody_else_looks_and_no_look_serves_another_door(attacker):
    access = looking(attacker)
    unblinding = attacker.commit("SELECT max(id) FROM randomization_studyunblinding")[0]
    for login in (
        "datamanager",
        "investigator",
        "statistician.unblinded",
        "monitor",
        "pharmacist1",
        "inspector",
    ):
        attacker.is_refused(LOOK, unblinding, login)
    attacker.is_refused(GROUPS, access)
    attacker.is_refused(ARMS, attacker.commit(RECORD, "statistician.unblinded@demo.example")[0])
    attacker.is_refused("SELECT sealed_may_unblind(1)")
    attacker.is_refused("SELECT sealed_database_locked(1)")


def test_after_a_minute_looking_again_needs_a_new_record(attacker, owner):
    access = looking(attacker)
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE randomization_studyaccess SET at = at - interval '61 seconds'")
    attacker.is_refused(ARMS, access)


def test_once_unlocked_nothing_is_shown_nor_after_a_new_lock(attacker):
    access = looking(attacker)
    attacker.commit(UNLOCK)
    attacker.is_refused(ARMS, access)
    revive = "UPDATE monitoring_freeze SET lifted_at = NULL WHERE scope = 'database'"
    attacker.is_refused(ARMS, access, before=revive)
    locked(attacker)
    attacker.is_refused(ARMS, access)


def test_a_snapshot_from_before_the_unlock_shows_nothing(attacker):
    access, connection = looking(attacker), attacker.connect()
    connection.set_session(isolation_level="REPEATABLE READ")
    with connection.cursor() as cursor:
        claim_to_be_somebody(cursor)
        cursor.execute("SELECT count(*) FROM monitoring_freeze WHERE lifted_at IS NULL")
        assert cursor.fetchone()[0] == 1
        attacker.commit(UNLOCK)
        refused(cursor, ARMS, access)
    connection.rollback()


def test_an_unblinding_is_once_for_a_lock_and_never_changed(attacker):
    unblinded(attacker)
    lock = attacker.commit("SELECT lock_id FROM randomization_studyunblinding")[0]
    with pytest.raises(psycopg2.Error, match="unblinded_once_per_lock"):
        attacker.commit(UNBLIND, lock, "statistician", "pi")
    attacker.is_refused("UPDATE randomization_studyunblinding SET lock_id = lock_id")
    attacker.is_refused("DELETE FROM randomization_studyunblinding")
