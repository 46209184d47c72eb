"""Attacks of the application role on the doors of the pharmacy: without a committed access record of somebody who
accounts for kits at that site they show and change nothing."""

import psycopg2
import pytest

from randomization.rules.kit_numbers import is_kit_number
from tests.cast import ARMS

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "(SELECT id FROM core_studysite WHERE code = '01')"
READS = [
    "SELECT * FROM sealed_stock(%s)",
    "SELECT * FROM sealed_shipments(%s)",
    "SELECT * FROM sealed_ledger(%s)",
    "SELECT * FROM sealed_trace(%s, 'LOT-CANARYCELLS')",
    "SELECT * FROM sealed_recalls(%s)",
    "SELECT * FROM sealed_hold_of(%s)",
    "SELECT count(*) FROM sealed_queries(%s)",
    "SELECT count(*) FROM sealed_closures(%s)",
]
WRITES = [
    "SELECT sealed_receive(%s, 'CANARYCELLS', 'L', current_date + 90, 2, 1, 'x', now(), 'x', -150, -150, '')",
    "SELECT sealed_supply_step(%s, ARRAY[(SELECT min(number) FROM randomization_kit)], 'lost', now(), NULL, 0, '')",
    "SELECT sealed_withdraw_lot(%s, 'LOT-CANARYCELLS', 'lot', '')",
    "SELECT sealed_set_hold(%s, true, 'x')",
]
OF_THE_MONITOR = [
    "SELECT sealed_write_query(%s, '', '', 'open', 'x')",
    "SELECT sealed_close_accounts(%s, true, 'x')",
]


def access(
    *, login: str = "pharmacist1", site: str = "01", shipment: str = "", purpose: str = "supply"
) -> str:
    """INSERT of an access record that names a site."""
    return (
        "INSERT INTO randomization_accessrecord (person_id, site_id, shipment, purpose, why, tx, at)"
        f" SELECT p.id, s.id, '{shipment}', '{purpose}', 'why', 1, now() FROM core_staffmember p, core_studysite s"
        f" WHERE p.email = '{login}@demo.example' AND s.code = '{site}' RETURNING id"
    )


@pytest.mark.parametrize("statement", READS + WRITES + OF_THE_MONITOR)
def test_a_record_of_the_same_transaction_opens_nothing(attacker, statement):
    for savepoint in ("", "SAVEPOINT a"):
        with attacker.session() as cursor:
            if savepoint:
                cursor.execute(savepoint)
            cursor.execute(access())
            record = cursor.fetchone()
            if savepoint:
                cursor.execute("RELEASE SAVEPOINT a")
            with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
                cursor.execute(statement, record)


@pytest.mark.parametrize("statement", READS + WRITES + OF_THE_MONITOR)
def test_a_record_for_a_participant_opens_nothing_here(attacker, statement):
    made, parameters = attacker.access_record(attacker.allocated_subject())
    attacker.is_refused(statement, *attacker.commit(made, *parameters))


@pytest.mark.parametrize("statement", READS)
def test_a_committed_record_of_who_may_opens(attacker, statement):
    for login in ("pharmacist1", "monitor.unblinded"):
        attacker.commit(statement, *attacker.commit(access(login=login)))


@pytest.mark.parametrize("table", ["sealed.sealed_pharmacymessage", "sealed.sealed_closure"])
def test_the_tables_are_closed_even_to_counting(attacker, table):
    attacker.is_refused(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("statement", WRITES)
def test_the_unblinded_monitor_changes_nothing(attacker, statement):
    attacker.is_refused(statement, *attacker.commit(access(login="monitor.unblinded", shipment="S1")))


@pytest.mark.parametrize("statement", OF_THE_MONITOR)
def test_a_pharmacist_neither_asks_nor_closes(attacker, statement):
    attacker.is_refused(statement, *attacker.commit(access()))
    attacker.commit(statement, *attacker.commit(access(login="monitor.unblinded")))


def test_the_monitor_does_not_answer_for_the_pharmacy(attacker, owner):
    attacker.commit(OF_THE_MONITOR[0], *attacker.commit(access(login="monitor.unblinded")))
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT query FROM sealed_pharmacymessage")
        [number] = cursor.fetchone()
    for login, state, taken in (
        ("monitor.unblinded", "answered", False),
        ("pharmacist1", "closed", False),
        ("pharmacist1", "answered", True),
    ):
        [record] = attacker.commit(access(login=login))
        statement = f"SELECT sealed_write_query(%s, '{number}', '', '{state}', 'x')"
        (attacker.commit if taken else attacker.is_refused)(statement, record)


@pytest.mark.parametrize(
    "login", ["coordinator", "pi", "monitor", "statistician.unblinded", "medicalmonitor", "nurse1"]
)
def test_nobody_else_gets_a_record(attacker, login):
    attacker.is_refused(access(login=login))


def test_a_pharmacist_of_one_site_sees_no_other(attacker):
    attacker.is_refused(access(site="02"))


def test_a_record_names_a_participant_or_a_site(attacker):
    with attacker.session() as cursor, pytest.raises(psycopg2.Error):
        cursor.execute(access(purpose="prepare"))


def test_a_delegation_written_by_the_same_transaction_counts_for_nothing(attacker):
    forge = (
        "UPDATE core_staffmember SET role = 'pharmacist' WHERE email = 'coordinator@demo.example';"
        "UPDATE core_delegation SET task = 'manage_supply' WHERE id = (SELECT min(d.id) FROM core_delegation d"
        " JOIN core_staffmember s ON s.id = staff_id WHERE email = 'coordinator@demo.example')"
    )
    attacker.is_refused(access(login="coordinator"), before=forge)


def test_kit_numbers_are_drawn_in_the_room_and_never_twice(attacker, owner):
    statement = WRITES[0].replace(", 2, 1,", ", 60, 1,")
    for shipment in ("S1", "S2"):
        attacker.commit(statement, *attacker.commit(access(shipment=shipment)))
    with owner().cursor() as cursor:
        cursor.execute("SELECT number FROM sealed_kitcontent WHERE lot = 'L'")
        numbers = {number for (number,) in cursor.fetchall()}
    assert len(numbers) == 120
    assert all(is_kit_number(number) for number in numbers)


def test_a_shipment_is_received_once(attacker):
    attacker.commit(WRITES[0], *attacker.commit(access(shipment="S1")))
    attacker.is_refused(WRITES[0], *attacker.commit(access(shipment="S1")))
    attacker.is_refused(WRITES[0], *attacker.commit(access()))


@pytest.mark.parametrize("step", ["released", "destroyed"])
@pytest.mark.parametrize(
    "second", ["NULL", "a.person_id", "(SELECT id FROM core_staffmember WHERE role = 'nurse' LIMIT 1)"]
)
def test_two_people_are_demanded_by_the_room_too(attacker, owner, step, second):
    attacker.commit(WRITES[0], *attacker.commit(access(shipment="S1")))
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT min(number) FROM sealed_kitcontent WHERE shipment = 'S1'")
        [kit] = cursor.fetchone()
    [record] = attacker.commit(access())
    attacker.is_refused(
        f"SELECT sealed_supply_step(a.id, ARRAY[%s], '{step}', now(), {second}, 0, '')"
        " FROM randomization_accessrecord a WHERE a.id = %s",
        kit,
        record,
    )


def test_a_record_about_one_shipment_traces_no_other(attacker):
    traced = "SELECT count(*) FROM sealed_trace(%s, 'LOT-CANARYCELLS')"
    shown = [attacker.commit(traced, *attacker.commit(access(shipment=each)))[0] for each in ("", "NO-SUCH")]
    assert shown == [24, 0]


OF_THE_SITE = [
    (READS[4], "pharmacist1"),
    (READS[5], "pharmacist1"),
    (READS[6], "pharmacist1"),
    (READS[7], "pharmacist1"),
    (WRITES[3], "pharmacist1"),
    (OF_THE_MONITOR[1], "monitor.unblinded"),
]


@pytest.mark.parametrize(("statement", "login"), OF_THE_SITE)
def test_a_record_about_one_shipment_says_and_changes_nothing_of_the_site(attacker, statement, login):
    [record] = attacker.commit(access(login=login, shipment="NO-SUCH"))
    attacker.is_refused(statement, record)
    attacker.commit(statement, *attacker.commit(access(login=login)))


@pytest.mark.parametrize("lacking", ARMS)
def test_a_warning_is_of_the_morning_and_of_any_arm(attacker, owner, lacking):
    """Asked before and after somebody is randomized it would tell whose arm is short."""
    low = f"SELECT sealed_was_low({SITE}), sealed_supply_open({SITE})"
    assert attacker.commit(low) == (False, True), "nothing has come yet, as of a midnight"
    a_day_passes(owner)
    assert attacker.commit(low) == (False, True)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
            " SELECT number, 'lost', now(), (SELECT min(id) FROM core_staffmember), '' FROM sealed_kitcontent"
            " WHERE arm = %s",
            [lacking],
        )
    assert attacker.commit(low) == (False, False)
    a_day_passes(owner)
    assert attacker.commit(low) == (True, False)


def a_day_passes(owner) -> None:
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sealed_movement DISABLE TRIGGER audit_append_only")
        cursor.execute("UPDATE sealed_movement SET recorded_at = recorded_at - interval '2 days'")


def test_totals_are_told_once_everything_is_gone(attacker, owner):
    assert attacker.commit(f"SELECT count(*) FROM sealed_totals({SITE})") == (0,)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
            " SELECT number, 'lost', now(), (SELECT min(id) FROM core_staffmember), '' FROM sealed_kitcontent"
        )
    with attacker.session() as cursor:
        cursor.execute(f"SELECT * FROM sealed_totals({SITE}) ORDER BY step")
        assert cursor.fetchall() == [("lost", 48), ("received", 48)]


def test_helpers_of_the_pharmacy_cannot_be_called(attacker):
    for call in (
        "sealed_may_account(1, 1, true)",
        "sealed_accounting(1, false, false)",
        "sealed_new_kit_number()",
        "sealed_warning()",
        "sealed_reserve()",
        "sealed_query_states(1)",
        "sealed_query_step('', 'open')",
        "sealed_accounts_stand(1)",
    ):
        attacker.is_refused(f"SELECT * FROM {call}")
