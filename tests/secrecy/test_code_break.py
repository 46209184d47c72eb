"""Attacks of the application role on the door of a code break: it opens onto one arm, after two committed rows."""

import psycopg2
import pytest

from tests.secrecy.attacker import Attacker

pytestmark = pytest.mark.django_db(transaction=True)
BREAK = "SELECT arm FROM sealed_break_code(%s)"


def recorded(attacker: Attacker, subject: int, *, login: str = "investigator") -> int:
    """An access record and its code break, both committed."""
    statement, parameters = attacker.access_record(subject, login=login, purpose="code_break")
    access = attacker.commit(statement, *parameters)[0]
    statement, parameters = attacker.code_break(access)
    attacker.commit(statement, *parameters)
    return access


@pytest.mark.parametrize("login", ["investigator", "pi", "medicalmonitor"])
def test_a_committed_code_break_of_somebody_delegated_shows_the_arm(attacker, login):
    access = recorded(attacker, attacker.allocated_subject(), login=login)
    assert attacker.commit(BREAK, access)[0].startswith("CANARY")


@pytest.mark.parametrize(
    "login", ["coordinator", "nurse1", "assessor", "monitor", "pharmacist1", "administrator"]
)
def test_nobody_else_may_even_record_one(attacker, login):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login=login, purpose="code_break")
    attacker.is_refused(statement, *parameters)


@pytest.mark.parametrize("purpose", ["", "export", "CODE_BREAK", "prepare"])
def test_no_other_purpose_is_a_way_in_for_an_investigator(attacker, purpose):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login="investigator", purpose=purpose)
    attacker.is_refused(statement, *parameters)


def test_an_access_record_without_its_code_break_shows_nothing(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login="investigator", purpose="code_break")
    access = attacker.commit(statement, *parameters)[0]
    attacker.is_refused(BREAK, access)


@pytest.mark.parametrize("wrap", [("", ""), ("SAVEPOINT a", "RELEASE SAVEPOINT a")])
def test_a_code_break_that_could_be_rolled_back_shows_nothing(attacker, wrap):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login="investigator", purpose="code_break")
    access = attacker.commit(statement, *parameters)[0]
    with attacker.session() as cursor:
        before, after = wrap
        if before:
            cursor.execute(before)
        cursor.execute(*attacker.code_break(access))
        if after:
            cursor.execute(after)
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute(BREAK, [access])


def test_neither_door_takes_the_other_doors_record(attacker):
    """An investigator learns no lot and no expiry; a pharmacist's look is no code break."""
    subject = attacker.allocated_subject()
    attacker.is_refused("SELECT * FROM sealed_disclose(%s)", recorded(attacker, subject))
    statement, parameters = attacker.access_record(subject)
    look = attacker.commit(statement, *parameters)[0]
    attacker.commit(*unpacked(attacker.code_break(look)))
    attacker.is_refused(BREAK, look)


def test_a_code_break_of_one_participant_does_not_serve_another(attacker):
    first, second = attacker.allocated_subject(), attacker.allocated_subject()
    statement, parameters = attacker.access_record(first, login="investigator", purpose="code_break")
    access = attacker.commit(statement, *parameters)[0]
    attacker.commit(
        "INSERT INTO randomization_codebreak (subject_id, category, why, broken_by_id, broken_at, access_id, letter)"
        " SELECT %s, 'emergency', 'curious', person_id, at, id, '' FROM randomization_accessrecord WHERE id = %s",
        second,
        access,
    )
    attacker.is_refused(BREAK, access)


def test_after_a_minute_looking_again_needs_a_new_record(attacker, owner):
    access = recorded(attacker, attacker.allocated_subject())
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE randomization_accessrecord SET at = at - interval '61 seconds'")
    attacker.is_refused(BREAK, access)


def test_a_delegation_that_ended_or_was_forged_opens_nothing(attacker):
    access = recorded(attacker, attacker.allocated_subject())
    attacker.commit("UPDATE core_delegation SET ends_at = now() WHERE task = 'break_code'")
    attacker.is_refused(BREAK, access)
    revive = "UPDATE core_delegation SET ends_at = NULL WHERE task = 'break_code'"
    attacker.is_refused(BREAK, access, before=revive)


def test_an_investigator_breaks_no_code_of_another_site(attacker):
    subject = attacker.allocated_subject()
    attacker.commit(
        "UPDATE core_delegation SET site_id = (SELECT id FROM core_studysite WHERE code = '02')"
        " WHERE task = 'break_code'"
    )
    statement, parameters = attacker.access_record(subject, login="investigator", purpose="code_break")
    attacker.is_refused(statement, *parameters)


def test_a_code_break_is_never_changed_or_removed(attacker):
    recorded(attacker, attacker.allocated_subject())
    attacker.is_refused("UPDATE randomization_codebreak SET category = 'planned'")
    attacker.is_refused("DELETE FROM randomization_codebreak")


def test_the_helper_cannot_be_called(attacker):
    attacker.is_refused("SELECT sealed_may_break(1, 1)")


def unpacked(statement_and_parameters):
    statement, parameters = statement_and_parameters
    return statement, *parameters
