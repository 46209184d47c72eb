"""What a session of the application role sets before it calls, or writes and takes back, teaches it nothing.

Every attack here brought out an arm, or a pair of kits of one arm, before the room was closed against it.
"""

import re
from collections import Counter, deque

import pytest

from tests.secrecy.attacker import Attacker

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "(SELECT id FROM core_studysite WHERE code = '01')"
STEP = "SELECT sealed_record_step('{}', 'ordered', '2026-05-04', (SELECT min(id) FROM core_staffmember), NULL, '')"
ROLE = "UPDATE core_staffmember SET role = 'pharmacist' WHERE email = 'coordinator@demo.example'"
TASK = (
    "UPDATE core_delegation SET task = 'prepare_product', site_id = NULL WHERE id ="
    " (SELECT min(d.id) FROM core_delegation d JOIN core_staffmember s ON s.id = staff_id"
    " WHERE email = 'coordinator@demo.example')"
)


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


def test_a_participant_is_never_moved_to_another_site(attacker):
    """Not for one look, and not between a request and its kit."""
    subject = attacker.allocated_subject()
    elsewhere = "(SELECT id FROM core_studysite WHERE code = '02')"
    attacker.is_refused(f"UPDATE enrollment_subject SET site_id = {elsewhere} WHERE id = %s", subject)


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
        with attacker.session(fresh=True) as cursor:
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
        "SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname = 'sealed_preparation'",
        "SELECT pg_stat_get_xact_tuples_inserted(oid) FROM pg_class WHERE relname = 'sealed_preparation'",
        "SELECT tup_inserted FROM pg_stat_database WHERE datname = current_database()",
        "SELECT pg_relation_size(oid) FROM pg_class WHERE relname = 'sealed_preparation'",
        "SELECT pg_total_relation_size(oid) FROM pg_class WHERE relname = 'sealed_preparation'",
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


def test_the_bytes_of_the_log_do_not_tell_where_a_bag_is(attacker, room):
    """A step outside the pharmacy writes down the place it leaves the bag at; its size in the log is shown."""
    subjects = [attacker.allocated_subject() for _ in range(2)]
    kits = [
        attacker.commit(
            "SELECT kit_number FROM randomization_randomizationrequest r, sealed_bound(r.id) WHERE subject_id = %s",
            s,
        )[0]
        for s in subjects
    ]
    room(
        "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
        f" SELECT b.kit, 'failed', now(), s.id, '' FROM sealed_bags() b, core_staffmember s WHERE b.bag = '{kits[1]}'"
        " ORDER BY s.id LIMIT 1"
    )
    for kit in kits:
        attacker.commit(STEP.format(kit))
    shown = room(
        "SELECT rtrim(m.place), pg_column_size(m.*), octet_length(e.new ->> 'place')"
        " FROM sealed_movement m JOIN sealed_event e ON e.record_id = m.id AND e.\"table\" = 'sealed_movement'"
        " ORDER BY m.id DESC LIMIT 2"
    )
    assert [place for place, *_ in shown] == ["waste", "assigned"]
    assert shown[0][1:] == shown[1][1:]
    assert logged(attacker, kits[0]) == logged(attacker, kits[1])


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN (ANALYZE, WAL) SELECT public.sealed_extend_chain()",
        "/**/ EXPLAIN (ANALYZE, BUFFERS) SELECT public.sealed_extend_chain()",
        "DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE SELECT public.sealed_extend_chain()'; END $$",
        "SELECT public.sealed_extend_chain(), pg_size_bytes('1')",
    ],
)
def test_nobody_counts_the_rows_that_are_not_sealed_yet(attacker, statement):
    """A bag that is replaced writes more rows than one that is not."""
    attacker.is_refused(statement)
    attacker.commit("SELECT public.sealed_extend_chain()")


def logged(attacker: Attacker, kit: str) -> int:
    """The bytes of the log that a step takes; the most frequent of several, for the clock's last digit may be 0."""
    with attacker.session() as cursor:
        seen = Counter()
        for _ in range(9):
            cursor.execute(f"EXPLAIN (ANALYZE, WAL, FORMAT JSON) {STEP.format(kit)}")
            seen[cursor.fetchone()[0][0]["Plan"]["WAL Bytes"]] += 1
    return seen.most_common(1)[0][0]


def recorded(attacker: Attacker, purpose: str) -> int:
    """A committed access record; the commit does not wait for the disk."""
    forgetful = "SET LOCAL synchronous_commit = off; "
    if purpose == "supply":
        return attacker.commit(
            f"{forgetful} INSERT INTO randomization_accessrecord (person_id, site_id, shipment, purpose, why, tx, at)"
            f" SELECT id, {SITE}, '', 'supply', 'curious', 0, now() FROM core_staffmember"
            " WHERE email = 'pharmacist1@demo.example' RETURNING id"
        )[0]
    if purpose == "report":
        return attacker.commit(
            f"{forgetful} INSERT INTO randomization_studyaccess (person_id, why, tx, at)"
            " SELECT id, 'curious', 0, now() FROM core_staffmember"
            " WHERE email = 'statistician.unblinded@demo.example' RETURNING id"
        )[0]
    login = {"prepare": "pharmacist1", "code_break": "investigator"}[purpose]
    statement, parameters = attacker.access_record(attacker.allocated_subject(), login=login, purpose=purpose)
    [access] = attacker.commit(forgetful + statement, *parameters)
    if purpose == "code_break":
        statement, parameters = attacker.code_break(access)
        attacker.commit(forgetful + statement, *parameters)
    return access


@pytest.mark.parametrize(
    ("purpose", "look"),
    [
        ("prepare", "SELECT * FROM sealed_disclose(%s)"),
        ("code_break", "SELECT * FROM sealed_break_code(%s)"),
        ("supply", "SELECT * FROM sealed_stock(%s)"),
        ("report", "SELECT * FROM sealed_groups(%s)"),
    ],
)
def test_nothing_is_told_before_the_record_of_the_look_is_on_disk(attacker, room, purpose, look):
    """Otherwise somebody looks, stops the server at once, and there is no record."""
    attacker.allocated_subject()
    access = recorded(attacker, purpose)
    with attacker.session() as cursor:
        [(written,)] = room("SELECT pg_current_wal_insert_lsn()")
        cursor.execute(look, [access])
        assert cursor.fetchone()
        assert room(f"SELECT pg_current_wal_flush_lsn() >= '{written}'") == [(True,)]
