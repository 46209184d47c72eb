"""Attacks of somebody who only watches: rides on another person's look, counts seals, guesses at what stands beside
their own words, or waits for supply to close."""

import json
import secrets

import pytest

from tests.cast import ARMS
from tests.secrecy.attacker import Attacker
from tests.secrecy.test_attacks import recorded
from tests.secrecy.test_ledger import SITE, STEP, a_day_passes, bags, leave

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    ("prepare", "SELECT * FROM sealed_disclose(%s)"),
    ("code_break", "SELECT * FROM sealed_break_code(%s)"),
    ("supply", "SELECT * FROM sealed_stock(%s)"),
    ("supply", "SELECT * FROM sealed_trace(%s, 'LOT-CANARYCELLS')"),
    ("report", "SELECT * FROM sealed_groups(%s)"),
]
SEALS = "SELECT count(*), coalesce(max(id), 0) FROM sealed_seal"


@pytest.mark.parametrize(("purpose", "look"), LOOKS)
def test_nobody_looks_through_a_door_that_somebody_else_has_opened(attacker, application, purpose, look):
    """The record of a pharmacist's look is readable, and in force for a minute: for the session that wrote it."""
    attacker.allocated_subject()
    access = recorded(attacker, purpose)
    other = Attacker(application)
    other.is_refused(look, access)
    with attacker.session() as cursor:
        cursor.execute(look, [access])
        assert cursor.fetchone()


def test_the_room_is_sealed_by_the_clock_and_not_when_it_was_written(attacker, room):
    """Seals that come with the rows would count the steps of the pharmacy."""
    attacker.commit("SELECT public.sealed_extend_chain()")
    before = room(SEALS)
    found = bags(attacker, room)
    for arm in ARMS:
        attacker.commit(STEP, found[arm][0][1], "ordered")
        attacker.commit("SELECT public.sealed_extend_chain()")
    assert room(SEALS) == before


def test_without_a_written_row_there_is_a_seal_all_the_same(room):
    count = "SELECT count(*) FROM sealed_seal"
    for _ in range(2):
        [(before,)] = room(count)
        room("SELECT audit_extend_chain('sealed.sealed', true)")
        assert room(count) == [(before + 1,)]


def test_nothing_in_the_history_of_the_room_is_compressed(attacker, room):
    """Where one's own note resembles what stands beside it, as the place of the kit, a compressed row is shorter."""
    _, kit = bags(attacker, room)[ARMS[0]][0]
    filler = {name: secrets.token_hex(280) for name in ("reason", "action", "request")}
    connection = attacker.free()
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('trial.context', %s, true)", [json.dumps({"actor": "a", **filler})])
        cursor.execute(
            "SELECT sealed_record_step(%s, 'ordered', now(), NULL, NULL, %s)", [kit, "assigned" * 60]
        )
    longest = "SELECT max(pg_column_size(e.*)), count(pg_column_compression(new)) FROM sealed_event e"
    [(size, compressed)] = room(longest)
    assert size > 2000
    assert compressed == 0


@pytest.mark.parametrize("arm", ARMS)
def test_supply_does_not_close_when_another_kit_fills_a_bag(attacker, room, arm):
    """Only cells fail a count: whose bag is being prepared at that moment would be known."""
    subject, kit = bags(attacker, room)[arm][0]
    leave(room, kits=3)
    open_now = f"SELECT sealed_supply_open({SITE})"
    assert attacker.commit(open_now) == (True,)
    statement, parameters = attacker.access_record(subject)
    for step in (
        "SELECT sealed_prepare_step(%s, %s, 'preparing', now(), NULL, '')",
        "SELECT sealed_prepare_step(%s, %s, 'failed', now(), NULL, '')",
        "SELECT sealed_substitute(%s, %s)",
    ):
        access = attacker.commit(statement, *parameters)[0]
        attacker.commit(step, access, kit)
        assert attacker.commit(open_now) == (True,)
    a_day_passes(room)
    assert attacker.commit(open_now) == (False,)


def test_a_step_of_somebody_who_is_not_in_the_study_is_refused_though_no_foreign_key_asks(attacker, room):
    _, kit = bags(attacker, room)[ARMS[0]][0]
    attacker.is_refused(f"SELECT sealed_record_step('{kit}', 'ordered', now(), -1, NULL, '')")
    attacker.is_refused(f"SELECT sealed_record_step('{kit}', 'ordered', now(), NULL, -1, '')")


def test_no_write_in_the_room_marks_a_row_that_the_application_reads(attacker, room):
    """Checking a foreign key sets xmax on the row it points to."""
    subject, kit = bags(attacker, room)[ARMS[0]][0]
    marks = (
        "SELECT id, xmax FROM randomization_accessrecord UNION ALL SELECT id, xmax FROM core_staffmember"
        " UNION ALL SELECT id, xmax FROM core_studysite ORDER BY 1"
    )
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    before = room(marks)
    attacker.commit("SELECT sealed_prepare_step(%s, %s, 'preparing', now(), NULL, '')", access, kit)
    assert room(marks) == before
