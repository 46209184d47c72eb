"""What a session of the application role sets before it calls, or writes and takes back, teaches it nothing.

Every attack here brought out an arm, or a pair of kits of one arm, before the room was closed against it.
"""

import re
from collections import deque

import pytest

from tests.secrecy.attacker import Attacker

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "(SELECT id FROM core_studysite WHERE code = '01')"
ROLE = "UPDATE core_staffmember SET role = 'pharmacist' WHERE email = 'coordinator@demo.example'"
TASK = (
    "UPDATE core_delegation SET task = 'prepare_product', site_id = NULL WHERE id ="
    " (SELECT min(d.id) FROM core_delegation d JOIN core_staffmember s ON s.id = staff_id"
    " WHERE email = 'coordinator@demo.example')"
)


@pytest.fixture
def attacker(application) -> Attacker:
    return Attacker(application)


@pytest.fixture
def room(owner):
    """Statements of the owner, who looks where the attacker cannot."""
    connection = owner()
    connection.autocommit = True

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


@pytest.mark.parametrize("setting", ["debug_print_parse", "debug_print_rewritten", "debug_print_plan"])
@pytest.mark.parametrize("call", ["sealed_allocate(%s)", "sealed_supply_open(1)", "sealed_intact()"])
def test_no_plan_of_the_room_is_shown(attacker, setting, call):
    """A plan is printed with the values of the function's variables in it: the arm of the place."""
    _, request = attacker.committed_request()
    with attacker.session() as cursor:
        cursor.execute(f"SET client_min_messages = log; SET {setting} = on")
        cursor.connection.notices = deque()  # the driver's own list forgets all but the last fifty
        cursor.execute(f"SELECT * FROM {call}", [request] if "%s" in call else [])
        notices = list(cursor.connection.notices)
    assert len(notices) == 1, "more is shown than the statement the session sent"
    assert "CANARY" not in constants(notices[0])


def constants(plan: str) -> str:
    """The data in a printed plan, as text; PostgreSQL prints them byte by byte and folds the lines."""
    data = re.findall(r"\[ ([-\d ]+) \]", " ".join(plan.split()))
    return " ".join(bytes(int(byte) % 256 for byte in datum.split()).decode("latin-1") for datum in data)


@pytest.mark.parametrize(
    "forge",
    [
        f"{ROLE}; {TASK}",
        f"SAVEPOINT a; {ROLE}; {TASK}; RELEASE SAVEPOINT a",
        f"DO $$ BEGIN {ROLE}; {TASK}; EXCEPTION WHEN division_by_zero THEN NULL; END $$",
    ],
)
def test_a_delegation_nobody_committed_opens_nothing(attacker, forge):
    """Otherwise the record that stays names a coordinator, who was a pharmacist only while nobody could see it."""
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login="coordinator")
    assert "sealed_stamp_access" in str(attacker.is_refused(statement, *parameters, before=forge))


def test_a_delegation_forged_by_the_recording_statement_itself_opens_nothing(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login="coordinator")
    forging = f"WITH role AS ({ROLE} RETURNING 1), task AS ({TASK} RETURNING 1) "
    attacker.is_refused(forging + statement.replace("FROM", "FROM role, task,"), *parameters)


def test_a_delegation_that_ended_cannot_be_revived_for_one_look(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    attacker.commit("UPDATE core_staffmember SET is_active = false WHERE role = 'pharmacist'")
    revive = "UPDATE core_staffmember SET is_active = true WHERE role = 'pharmacist'"
    attacker.is_refused("SELECT * FROM sealed_disclose(%s)", access, before=revive)


def test_a_participant_cannot_be_moved_to_another_site_for_one_look(attacker):
    subject = attacker.allocated_subject()
    attacker.commit(
        "UPDATE core_delegation SET site_id = (SELECT id FROM core_studysite WHERE code = '02')"
        " WHERE task = 'prepare_product'"
    )
    move = (
        "UPDATE enrollment_subject SET site_id = (SELECT id FROM core_studysite WHERE code = '02') WHERE id = "
        f"{subject}"
    )
    statement, parameters = attacker.access_record(subject)
    attacker.is_refused(statement, *parameters, before=move)


def test_a_committed_delegation_still_opens(attacker):
    subject = attacker.allocated_subject()
    attacker.commit(f"{ROLE}")
    attacker.commit(f"{TASK}")
    statement, parameters = attacker.access_record(subject, login="coordinator")
    access = attacker.commit(statement, *parameters)[0]
    assert attacker.commit("SELECT arm FROM sealed_disclose(%s)", access)[0].startswith("CANARY")


@pytest.mark.parametrize("zone", ["UTC-167", "UTC+167", "UTC", "Asia/Shanghai"])
def test_the_session_does_not_choose_the_day_kits_expire(attacker, room, zone):
    """A week later no kit could be given: the answer would tell of a shelf that is not today's."""
    room("UPDATE sealed_kitcontent SET expires_on = current_date + 4")
    _, request = attacker.committed_request()
    with attacker.session() as cursor:
        cursor.execute("SET TimeZone = %s", [zone])
        cursor.execute(f"SELECT sealed_supply_open({SITE}), sealed_allocate(%s)", [request])
        assert cursor.fetchone() == (True, "bound")


@pytest.mark.usefixtures("open_counters")
def test_the_position_of_a_kit_does_not_show_in_the_statistics(attacker, room):
    """The rows of a lot that was changed as a whole stand together at the end of the table."""
    room("ANALYZE sealed_kitcontent")
    room("UPDATE sealed_kitcontent SET expires_on = expires_on + 90 WHERE arm = 'CANARYCELLS'")
    seen = set()
    for _ in range(6):
        _, request = attacker.committed_request()
        with attacker.session() as cursor:
            cursor.execute("SELECT * FROM sealed_allocate(%s)", [request])
            cursor.execute(
                "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_all_tables"
                " WHERE relname = 'sealed_kitcontent'"
            )
            seen.add(cursor.fetchone())
        attacker.commit("SELECT * FROM sealed_allocate(%s)", request)
    assert len(seen) == 1


@pytest.mark.usefixtures("open_counters")
def test_the_bytes_a_sort_spills_do_not_tell_which_name_left_the_shelf(attacker, room, application):
    """The arms' names differ in length, temporary files are counted to the byte, and 64 kB is soon full."""
    room("ALTER TABLE sealed_movement DISABLE TRIGGER sealed_stamp")
    room(
        "INSERT INTO sealed_kitcontent (number, arm, lot, expires_on, shipment, vials, storage_place)"
        " SELECT 'Z' || i, (ARRAY['CANARYCELLS', 'CANARYVEHICLE'])[1 + i % 2], 'x', current_date + 400,"
        " (SELECT min(number) FROM sealed_shipment), 1, 'x' FROM generate_series(1, 3000) i"
    )
    room(
        "INSERT INTO sealed_movement (kit_number, step, place, at, person_id, note, recorded_at, tx)"
        " SELECT 'Z' || i, 'released', 'shelf', now(), (SELECT min(id) FROM core_staffmember), '', now(), 1"
        " FROM generate_series(1, 3000) i"
    )
    connection = application()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '64kB'")
        cursor.execute("SELECT sealed_supply_open(" + SITE + ")")
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "count",
    [
        "SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname = 'sealed_substitution'",
        "SELECT pg_stat_get_xact_tuples_inserted('public.sealed_substitution'::regclass)",
        "SELECT tup_inserted FROM pg_stat_database WHERE datname = current_database()",
        "SELECT pg_relation_size('public.sealed_substitution')",
        "SELECT pg_total_relation_size('public.sealed_substitution')",
        "SELECT page, tuple FROM pg_locks WHERE mode = 'SIReadLock'",
        "SELECT query FROM pg_stat_activity",
        "SELECT * FROM pg_stat_get_activity(NULL)",
        "SELECT wal_bytes FROM pg_stat_wal",
    ],
)
def test_nobody_watches_the_rooms_rows_locks_and_statements(attacker, count):
    assert "permission denied" in str(attacker.is_refused(count))


def test_the_published_commitment_cannot_be_replaced_or_preceded(attacker):
    attacker.is_refused(
        "INSERT INTO randomization_allocationcommitment (id, sha256, places, generator, loaded_at)"
        " VALUES (-1, repeat('0', 64), 40, 'mine', now())"
    )
