"""Attacks of somebody who sets what a session may set: how errors end, since when it sees the study, in which zone
values are printed; or who counts transaction ids."""

import hashlib
from contextlib import contextmanager, suppress

import psycopg2
import pytest

from tests.cast import ARMS
from tests.secrecy.attacker import Attacker, claim_to_be_somebody
from tests.secrecy.test_ledger import STEP, bags, committed_kit_request, leave, prepare
from trial_site.audit.privileges import declared_functions

pytestmark = pytest.mark.django_db(transaction=True)
FATAL = "SET exit_on_error TO on"
OLD_SNAPSHOTS = ["REPEATABLE READ", "SERIALIZABLE"]
PREPARE = "SELECT sealed_prepare_step(%s, %s, %s, now(), NULL, '')"
SUBSTITUTE = "SELECT sealed_substitute(%s, %s)"


def access(attacker: Attacker, subject: int) -> int:
    statement, parameters = attacker.access_record(subject)
    return attacker.commit(statement, *parameters)[0]


# --- A fatal error shows its row, whatever handler waits for it ---


def test_no_error_in_the_room_is_fatal_and_shows_its_row(attacker, room):
    """Without a time the row of the ledger is refused; it holds the kit that fills the bag, and where that is."""
    _, kit = bags(attacker, room)[ARMS[0]][0]
    attacker.is_refused("SELECT sealed_record_step(%s, 'ordered', NULL, NULL, NULL, '')", kit, before=FATAL)


@pytest.mark.parametrize(
    "function", [one.name for one in declared_functions() if one.caller == "application"]
)
def test_no_function_that_is_asked_nonsense_ends_the_session(attacker, room, function):
    [(arguments,)] = room("SELECT proargtypes::regtype[]::text[] FROM pg_proc WHERE proname = %s", function)
    nothing = ", ".join(f"NULL::{each}" for each in arguments)
    with attacker.session(fresh=True) as cursor:
        cursor.execute(FATAL)
        with suppress(psycopg2.Error):
            cursor.execute(f"SELECT * FROM public.{function}({nothing})")
        assert not cursor.connection.closed


@pytest.mark.parametrize("login", ["coordinator", "pharmacist1"])
def test_a_refused_access_record_says_no_more_when_errors_are_fatal(attacker, login):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login=login, purpose="curiosity")
    attacker.is_refused(statement, *parameters, before=FATAL)


# --- A snapshot older than the locks ---


@contextmanager
def seeing_since_before(attacker: Attacker, level: str):
    """A transaction that goes on seeing the study as it is now."""
    connection = attacker.connect()
    connection.set_session(isolation_level=level)
    with connection.cursor() as cursor:
        claim_to_be_somebody(cursor)
        cursor.execute("SELECT count(*) FROM enrollment_subject")
        yield cursor
    connection.rollback()


def refusal(cursor, statement: str, *parameters: object) -> str:
    cursor.execute("SAVEPOINT attempt")
    with pytest.raises(psycopg2.Error) as caught:
        cursor.execute(statement, parameters)
    cursor.execute("ROLLBACK TO SAVEPOINT attempt")
    return caught.value.pgcode


@pytest.mark.parametrize("level", OLD_SNAPSHOTS)
def test_no_kit_is_chosen_from_the_shelf_as_it_was(attacker, room, level):
    """It succeeded unless somebody of the same arm got that kit since: one learned who shares an arm."""
    subject, kit = bags(attacker, room)[ARMS[0]][0]
    prepare(room, kit)
    attacker.commit(STEP, kit, "not_given")
    request = committed_kit_request(attacker, room, subject, kit)
    _, waiting = attacker.committed_request()
    look = access(attacker, subject)
    with seeing_since_before(attacker, level) as cursor:
        assert refusal(cursor, "SELECT sealed_bind_second_kit(%s)", request) == "TS001"
        assert refusal(cursor, "SELECT sealed_allocate(%s)", waiting) == "TS001"
        assert refusal(cursor, SUBSTITUTE, look, kit) == "TS001"
    assert attacker.commit("SELECT sealed_bind_second_kit(%s)", request) == ("bound",)


@pytest.mark.parametrize("level", OLD_SNAPSHOTS)
def test_no_step_puts_a_kit_back_where_it_was(attacker, room, level):
    """A step that was stamped with the old place put a failed kit back for preparing."""
    subject, kit = bags(attacker, room)[ARMS[0]][0]
    with seeing_since_before(attacker, level) as cursor:
        for step in ("preparing", "failed"):
            attacker.commit(PREPARE, access(attacker, subject), kit, step)
        assert refusal(cursor, STEP, kit, "ordered") == "TS001"


@pytest.mark.parametrize("level", OLD_SNAPSHOTS)
def test_nothing_is_changed_by_who_sees_the_study_as_it_was(attacker, level):
    """A lock of the database that was placed since would not be seen."""
    attacker.allocated_subject()
    with seeing_since_before(attacker, level) as cursor:
        assert refusal(cursor, "UPDATE enrollment_subject SET protocol_version = '0.9'") == "TS007"


@pytest.mark.parametrize("level", OLD_SNAPSHOTS)
@pytest.mark.parametrize("question", ["sealed_supply_open", "sealed_was_low"])
def test_a_snapshot_kept_over_midnight_is_asked_in_vain(attacker, level, question):
    """One after each randomization: the first that says "short" would tell whose kit it was."""
    with seeing_since_before(attacker, level) as cursor:
        assert refusal(cursor, f"SELECT {question}(1)") == "TS001"


# --- What history keeps as it is printed ---


def test_history_prints_instants_the_same_in_whatever_zone_the_session_is(attacker, room):
    """An instant in a zone that no reader understands would stop every later export; history is never mended."""
    with attacker.session() as cursor:
        cursor.execute("SET LOCAL TimeZone TO '<X>-14'")
        cursor.execute(
            "INSERT INTO enrollment_subject (number, site_id, state, identified_on, protocol_version)"
            " SELECT 'X-1', id, 'identified', '2026-05-04', '1.0' FROM core_studysite WHERE code = '01'"
        )
        cursor.execute(
            "UPDATE enrollment_subject SET planned_infusion_at = '2026-05-04 08:00:00+00' WHERE number = 'X-1'"
        )
        cursor.connection.commit()
    [(new,)] = room(
        "SELECT new FROM audit_event WHERE \"table\" = 'enrollment_subject' AND operation = 'U'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert new["planned_infusion_at"] == "2026-05-04T08:00:00+00:00"


# --- What can be counted or computed ---


def test_how_many_transaction_ids_are_used_up_says_nothing(attacker, room):
    """Everybody sees how far the server has counted, at the time and in rows later: a look, an empty shelf and a step
    that failed would be told apart."""
    [(subject, kit)] = bags(attacker, room)[ARMS[0]][:1]

    def used(statement: str, *rest: object) -> set[int]:
        return {spent(attacker, room, statement, access(attacker, subject), *rest) for _ in range(10)}

    looks = used("SELECT * FROM sealed_disclose(%s)")
    for step in ("preparing", "failed"):
        attacker.commit(PREPARE, access(attacker, subject), kit, step)
    leave(room, kits=0, arm=ARMS[0])
    empty = used(SUBSTITUTE, kit)
    failures = used(PREPARE, kit, "failed")
    assert all(len(each) > 3 and max(each) - min(each) > 7 for each in (looks, empty, failures))


def spent(attacker: Attacker, room, statement: str, *parameters: object) -> int:
    counted = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    [(before,)] = room(counted)
    attacker.commit(statement, *parameters)
    [(after,)] = room(counted)
    return after - before


def test_a_seal_over_nothing_is_not_recognised(room):
    room("SELECT audit_extend_chain('sealed.sealed', true)")
    room("SELECT audit_extend_chain('sealed.sealed', true)")
    [(root,)] = room("SELECT root FROM sealed_seal WHERE ids = '{}' ORDER BY id DESC LIMIT 1")
    assert bytes(root) != hashlib.sha256().digest()


def test_a_session_with_the_same_process_and_port_is_another_one(attacker):
    """Both come round again; what a session was told when it first looked does not."""
    subject = attacker.allocated_subject()
    look = access(attacker, subject)
    with attacker.session() as cursor:
        cursor.execute("SELECT * FROM sealed_disclose(%s)", [look])
        assert cursor.fetchone()
    attacker.is_refused("SELECT * FROM sealed_disclose(%s)", look, before="SET trial.session TO ''")
