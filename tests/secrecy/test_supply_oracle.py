"""Attacks that empty the shelf, by made up participants and requests for second kits, to see whose kit is last."""

import psycopg2
import pytest

from tests.cast import ARMS
from tests.secrecy.attacker import Attacker
from tests.secrecy.test_code_break import recorded
from tests.secrecy.test_ledger import SITE, a_day_passes, bags, committed_kit_request, leave
from tests.secrecy.test_supply import READS, access

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = f"SELECT sealed_supply_open({SITE})"
REFILLED = "SELECT count(*) FROM sealed_movement WHERE step = 'assigned' AND access_id IS NOT NULL"
BIND = "SELECT sealed_bind_second_kit(%s)"


def answers_while_second_kits_are_taken(
    attacker: Attacker, room, found: list[tuple[int, str]]
) -> list[tuple]:
    requests = [committed_kit_request(attacker, room, *each) for each in found]
    return [(*attacker.commit(OPEN), *attacker.commit(BIND, request)) for request in requests]


@pytest.mark.parametrize("arms", [ARMS[:1] * 5, ARMS[1:] * 5, (ARMS * 3)[:5], (ARMS[::-1] * 3)[:5]])
def test_supply_closes_at_the_same_kit_whichever_arm_the_kits_are_of(attacker, room, arms):
    found = bags(attacker, room, each=5)
    leave(room, kits=4)
    asked = [found[arm].pop() for arm in arms]
    assert answers_while_second_kits_are_taken(attacker, room, asked) == [
        (True, "bound"),
        (True, "bound"),
        (False, "bound"),
        (False, "hold"),
        (False, "hold"),
    ]


@pytest.mark.parametrize("arm", ARMS)
def test_a_request_to_randomize_waits_at_the_same_kit_whichever_arm_the_kits_are_of(attacker, room, arm):
    found = bags(attacker, room, each=2)
    leave(room, kits=4)
    said = []
    for each in found[arm][:2]:
        assert attacker.commit(BIND, committed_kit_request(attacker, room, *each)) == ("bound",)
    for _ in range(2):
        _, request = attacker.committed_request()
        said.append(attacker.commit("SELECT sealed_allocate(%s)", request))
    assert said == [("bound",), ("hold",)]


def test_kits_released_today_open_the_supply_at_once(attacker, room):
    leave(room, kits=2)
    assert attacker.commit(OPEN) == (False,)
    room(
        "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
        " SELECT kit, 'released', now(), (SELECT min(id) FROM core_staffmember), ''"
        " FROM sealed_standing(true) WHERE place = 'quarantine'"
    )
    assert attacker.commit(OPEN) == (True,)


@pytest.mark.parametrize("empty", ARMS)
def test_a_bag_filled_anew_leaves_no_kit_of_another_arm_to_anybody(attacker, room, empty):
    """The reserve may be gone while supply still looks open: a request then waits, and takes no other arm's kit."""
    found = bags(attacker, room, each=3)
    leave(room, kits=3)
    for subject, kit in found[empty][:3]:
        fill_anew(attacker, subject, kit)
    assert room(f"SELECT count(*) FROM sealed_shelf({SITE}) WHERE arm = %s", empty) == [(0,)]
    assert attacker.commit(OPEN) == (True,)
    _, request = attacker.committed_request()
    assert attacker.commit("SELECT sealed_allocate(%s)", request) == ("hold",)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(("kits", "answer"), [(1, "hold"), (2, "bound")])
def test_whether_a_request_waits_does_not_follow_a_bag_that_is_filled_anew(attacker, room, arm, kits, answer):
    (subject, kit), other = bags(attacker, room, each=2)[arm][:2]
    leave(room, kits=kits)
    request = committed_kit_request(attacker, room, *other)

    def waits() -> tuple:
        with attacker.session() as cursor:
            cursor.execute(BIND, [request])
            said = cursor.fetchone()
            cursor.execute("ROLLBACK")
        return said

    assert waits() == (answer,)
    fill_anew(attacker, subject, kit)
    assert room(REFILLED) == [(1,)]
    assert waits() == (answer,)


def fill_anew(attacker: Attacker, subject: int, kit: str) -> None:
    statement, parameters = attacker.access_record(subject)
    for call in (
        "SELECT sealed_prepare_step(%s, %s, 'preparing', now(), NULL, '')",
        "SELECT sealed_prepare_step(%s, %s, 'failed', now(), NULL, '')",
        "SELECT sealed_substitute(%s, %s)",
    ):
        attacker.commit(call, attacker.commit(statement, *parameters)[0], kit)


@pytest.mark.parametrize(
    ("now", "taken", "recent"),
    [
        ("03-02 00:00:01", "03-01 23:59:59", True),
        ("03-02 11:59:59", "03-01 00:00:00", True),
        ("03-02 11:59:59", "02-28 23:59:59", False),
        ("03-02 12:00:00", "03-01 23:59:59", False),
        ("03-02 23:59:59", "03-02 00:00:00", True),
    ],
)
def test_what_was_bound_before_midnight_is_not_counted_by_itself_when_it_is_committed_after(
    room, now, taken, recent
):
    """Its transaction would have to last until noon, and everybody else waits for it."""
    [(counted,)] = room("SELECT pg_get_functiondef('sealed_recent'::regproc)")
    room(counted.replace("clock_timestamp()", f"timestamptz '2026-{now}+00'"))
    assert room("SELECT sealed_recent() <= %s", f"2026-{taken}+00") == [(recent,)]


@pytest.mark.parametrize("empty", ARMS)
def test_even_if_the_shelf_were_miscounted_nobody_gets_a_kit_of_another_arm(attacker, room, empty):
    found = bags(attacker, room)
    leave(room, kits=0, arm=empty)
    [(counted,)] = room("SELECT pg_get_functiondef('sealed_left'::regproc)")
    room(counted[: counted.index("AS $function$")] + "AS $$ SELECT 9::bigint, 9::bigint $$")
    second = {arm: committed_kit_request(attacker, room, *found[arm][0]) for arm in ARMS}
    said = {arm: attacker.commit(BIND, request) for arm, request in second.items()}
    assert said == {arm: ("hold",) if arm == empty else ("bound",) for arm in ARMS}
    while True:
        _, request = attacker.committed_request()
        answer = attacker.commit("SELECT sealed_allocate(%s)", request)
        if answer == ("hold",):
            break
    [(next_arm,)] = room(
        "SELECT arm FROM sealed_place WHERE place = (SELECT max(place) FROM randomization_randomizationrequest)"
    )
    assert next_arm == empty
    assert room("SELECT list_is_followed FROM sealed_intact()") == [(True,)]


@pytest.mark.parametrize("taken", ARMS)
@pytest.mark.parametrize("gone", ["withdrawn", "quarantined", "lost", "expired"])
def test_new_kits_after_a_lot_has_gone_do_not_tell_of_which_arm_a_recent_one_was(attacker, room, taken, gone):
    found = bags(attacker, room)
    a_day_passes(room)
    room("ALTER TABLE sealed_movement DISABLE TRIGGER audit_append_only")
    room("UPDATE sealed_movement SET recorded_at = now() WHERE bag = %s", found[taken][0][1])
    room(*((EXPIRED, ARMS[0]) if gone == "expired" else (GONE, gone, ARMS[0])))
    room(NEW_KITS, ARMS[0], ARMS[0])
    for step in ("received", "released"):
        room(STEP_OF_NEW_KITS, step)
    assert attacker.commit(OPEN) == (False,)


EXPIRED = "UPDATE sealed_kitcontent SET expires_on = current_date WHERE arm = %s"
GONE = (
    "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
    " SELECT k.number, %s, now(), (SELECT min(id) FROM core_staffmember), '' FROM sealed_kitcontent k"
    " JOIN sealed_standing(true) s ON s.kit = k.number WHERE k.arm = %s AND s.place = 'shelf'"
)
NEW_KITS = (
    "INSERT INTO sealed_kitcontent (number, arm, lot, expires_on, shipment, vials, storage_place)"
    " SELECT 'N' || n, %s, 'NEW', current_date + 300, (SELECT min(shipment) FROM sealed_kitcontent WHERE arm = %s),"
    " 1, '' FROM generate_series(1, 3) n"
)
STEP_OF_NEW_KITS = (
    "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
    " SELECT number, %s, now(), (SELECT min(id) FROM core_staffmember), '' FROM sealed_kitcontent WHERE lot = 'NEW'"
)


@pytest.mark.parametrize("door", ["sealed_intact()", f"sealed_totals({SITE})", f"sealed_supply_open({SITE})"])
def test_what_is_read_does_not_count_the_bags_that_were_filled_anew(attacker, room, door):
    def read() -> int:
        with attacker.session() as cursor:
            cursor.execute("SET cpu_tuple_cost = 0")
            for _ in range(3):
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {door}")
                [[plan]] = cursor.fetchone()
            return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]

    found = bags(attacker, room, each=2)
    before = read()
    for subject, kit in found[ARMS[0]]:
        fill_anew(attacker, subject, kit)
    assert read() == before


DOORS = [read for read in READS if "sealed_hold_of" not in read]


@pytest.mark.parametrize("read", DOORS)
@pytest.mark.parametrize("choice", ["place", "second kit"])
def test_what_a_transaction_bound_and_may_take_back_is_seen_through_no_door(attacker, room, read, choice):
    """Its kit is "assigned" in the stock, where kits of an announced shipment tell the arm of whoever it is for."""
    [(subject, kit)] = bags(attacker, room)[ARMS[0]][:1]
    [record] = attacker.commit(access())
    attacker.commit(read, record)
    if choice == "place":
        bind, request = "SELECT sealed_allocate(%s)", attacker.committed_request()[1]
    else:
        bind, request = BIND, committed_kit_request(attacker, room, subject, kit)
    with attacker.session() as cursor:
        cursor.execute(bind, [request])
        assert cursor.fetchone() == ("bound",)
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute(read, [record])


def test_nor_is_it_in_what_is_disclosed_of_a_participant_or_by_a_code_break(attacker, room):
    [(subject, kit)] = bags(attacker, room)[ARMS[0]][:1]
    statement, parameters = attacker.access_record(subject)
    for_pharmacist = attacker.commit(statement, *parameters)[0]
    for_investigator = recorded(attacker, subject)
    request = committed_kit_request(attacker, room, subject, kit)
    for look in (
        ("SELECT * FROM sealed_disclose(%s)", [for_pharmacist]),
        ("SELECT sealed_substitute(%s, %s)", [for_pharmacist, kit]),
        ("SELECT arm FROM sealed_break_code(%s)", [for_investigator]),
    ):
        with attacker.session() as cursor:
            cursor.execute(BIND, [request])
            with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
                cursor.execute(*look)


def test_no_two_participants_change_places(attacker):
    """With it a request would go to another site's shelf."""
    one, other = attacker.allocated_subject(), attacker.allocated_subject()
    attacker.is_refused("UPDATE enrollment_subject SET id = -id WHERE id IN (%s, %s)", one, other)
