"""Attacks of the application role on the ledger of kits and on the doors that lead to a second kit."""

import psycopg2
import pytest

from randomization.rules.ledger import MOVES, place_after
from tests.cast import ARMS
from tests.secrecy.attacker import Attacker

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "(SELECT id FROM core_studysite WHERE code = '01')"
STEP = "SELECT sealed_record_step(%s, %s, now(), (SELECT min(id) FROM core_staffmember), NULL, '')"


def bags(attacker: Attacker, room, *, each: int = 1) -> dict[str, list[tuple[int, str]]]:
    """`each` participants of either arm: arm -> [(subject id, number on the bag)]."""
    found: dict[str, list[tuple[int, str]]] = {arm: [] for arm in ARMS}
    while min(len(list_) for list_ in found.values()) < each:
        subject = attacker.allocated_subject()
        [(arm, kit)] = room(
            "SELECT p.arm, b.bag FROM sealed_binding b JOIN sealed_place p USING (place)"
            " JOIN randomization_randomizationrequest r ON r.id = b.request_id WHERE r.subject_id = %s",
            subject,
        )
        found[arm].append((subject, kit))
        attacker.commit(
            "INSERT INTO randomization_randomization (subject_id, number, randomized_at, randomized_by_id)"
            " SELECT %s, 'X' || %s, now(), min(id) FROM core_staffmember",
            subject,
            subject,
        )
        add_kit(attacker, subject, kit)
    return found


def request_second_kit(cursor, subject: int, kit: str) -> int:
    cursor.execute(
        "INSERT INTO randomization_kitrequest (subject_id, replaces_id, cause, requested_by_id, tx, at)"
        " SELECT %s, k.id, 'bag', s.id, 7, now() - interval '1 year'"
        " FROM randomization_kit k, core_staffmember s WHERE k.number = %s ORDER BY s.id LIMIT 1 RETURNING id",
        [subject, kit],
    )
    return cursor.fetchone()[0]


def committed_kit_request(attacker: Attacker, room, subject: int, kit: str) -> int:
    """In the place of a bag that was prepared and not given."""
    prepare(room, kit)
    attacker.commit(STEP, kit, "not_given")
    return bare_kit_request(attacker, subject, kit)


def prepare(room, kit: str) -> None:
    for step in ("preparing", "prepared"):
        room(
            "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
            " SELECT coalesce((SELECT kit FROM sealed_bags() WHERE bag = %s), %s), %s, now(), min(id), ''"
            " FROM core_staffmember",
            kit,
            kit,
            step,
        )


def bare_kit_request(attacker: Attacker, subject: int, kit: str) -> int:
    connection = attacker.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("""SELECT set_config('trial.context', '{"actor_id": 1, "actor": "attacker"}', true)""")
        return request_second_kit(cursor, subject, kit)


def test_the_table_of_steps_is_the_same_in_the_database(room):
    places = {place for moves in MOVES.values() for place in (*moves, *moves.values())}
    for step in MOVES:
        for place in places:
            assert room("SELECT sealed_place_after(%s, %s)", place, step) == [(place_after(place, step),)]


def test_no_row_of_the_ledger_is_ever_changed_not_even_by_the_owner(owner):
    for statement in (
        "UPDATE sealed_movement SET place = 'shelf'",
        "DELETE FROM sealed_movement",
        "TRUNCATE sealed_movement",
    ):
        with owner().cursor() as cursor, pytest.raises(psycopg2.Error, match="never allowed"):
            cursor.execute(statement)


def test_place_time_and_transaction_of_a_movement_are_stamped(room):
    [(kit,)] = room("SELECT min(number) FROM sealed_kitcontent")
    room(
        "INSERT INTO sealed_movement (kit_number, step, place, at, person_id, note, recorded_at, tx)"
        " SELECT %s, 'lost', 'shelf', now(), min(id), '', '2000-01-01', 0 FROM core_staffmember",
        kit,
    )
    assert room(
        "SELECT place::text, tx > 0, recorded_at > '2020-01-01' FROM sealed_movement ORDER BY id DESC LIMIT 1"
    ) == [("lost", True, True)]


def test_a_step_at_the_bedside_is_taken_whatever_became_of_the_kit(attacker, room):
    """A refusal for a kit that is withdrawn, and so for its lot, would tell who shares it."""
    (_, kit) = bags(attacker, room)[ARMS[0]][0]
    for step in ("handed_over", "started", "given", "returned", "ordered"):
        assert attacker.commit(STEP, kit, step) == ("",)
    assert room(
        "SELECT DISTINCT place::text FROM sealed_movement JOIN sealed_bags() b ON b.kit = kit_number"
        " WHERE b.bag = %s AND step = 'returned'",
        kit,
    ) == [("assigned",)]


@pytest.mark.parametrize(
    "step", ["received", "released", "assigned", "prepared", "failed", "withdrawn", "lost", "x"]
)
def test_steps_of_the_pharmacy_are_not_taken_at_the_bedside(attacker, room, step):
    (_, kit) = bags(attacker, room)[ARMS[0]][0]
    attacker.is_refused(STEP, kit, step)


def test_a_kit_on_the_shelf_is_refused_like_one_that_does_not_exist(attacker, room):
    [(shelved,)] = room("SELECT max(number) FROM sealed_kitcontent")
    errors = [attacker.is_refused(STEP, kit, "ordered") for kit in (shelved, "0000000", None)]
    assert len({(error.pgcode, str(error)) for error in errors}) == 1


@pytest.mark.usefixtures("open_counters")
def test_statistics_count_the_same_reads_for_every_kit(attacker, room):
    found = bags(attacker, room, each=2)
    (_, first) = found[ARMS[0]][0]
    for _ in range(5):
        attacker.commit(STEP, first, "ordered")
    seen = set()
    for _, kit in found[ARMS[0]] + found[ARMS[1]]:
        with attacker.session(fresh=True) as cursor:
            cursor.execute(STEP, [kit, "ordered"])
            cursor.execute(
                "SELECT relname, seq_tup_read, idx_tup_fetch, n_tup_ins FROM pg_stat_xact_all_tables"
                " WHERE relname LIKE 'sealed\\_%%' ORDER BY relname"
            )
            seen.add(tuple(cursor.fetchall()))
    assert len(seen) == 1


def test_a_second_kit_is_of_the_same_arm_and_told_after_the_commit(attacker, room):
    for arm, [(subject, kit), *_] in bags(attacker, room).items():
        request = committed_kit_request(attacker, room, subject, kit)
        with attacker.session() as cursor:
            cursor.execute("SELECT sealed_bind_second_kit(%s)", [request])
            assert cursor.fetchone() == ("bound",)
            cursor.execute("SELECT sealed_second_kit(%s)", [request])
            assert cursor.fetchone() == (None,)
        assert attacker.commit("SELECT sealed_bind_second_kit(%s)", request) == ("bound",)
        [second] = attacker.commit("SELECT sealed_second_kit(%s)", request)
        assert second != kit
        arms = (
            "SELECT k.arm FROM sealed_bags() b JOIN sealed_kitcontent k ON k.number = b.kit WHERE b.bag = %s"
        )
        assert room(arms, second) == [(arm,)]


def test_an_uncommitted_request_for_a_second_kit_gets_nothing(attacker, room):
    (subject, kit) = bags(attacker, room)[ARMS[0]][0]
    with attacker.session() as cursor:
        request = request_second_kit(cursor, subject, kit)
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT sealed_bind_second_kit(%s)", [request])


def test_one_transaction_binds_one_kit_whoever_asks(attacker, room):
    """Bound one after the other and taken back, where the shelf becomes too small would tell who shares an arm."""
    found = bags(attacker, room, each=2)
    requests = [committed_kit_request(attacker, room, *bag) for bag in found[ARMS[0]] + found[ARMS[1]]]
    _, place = attacker.committed_request()
    with attacker.session() as cursor:
        cursor.execute("SELECT sealed_bind_second_kit(%s)", [requests[0]])
        assert cursor.fetchone() == ("bound",)
        for request in requests[1:]:
            cursor.execute("SAVEPOINT a")
            cursor.execute("SELECT sealed_bind_second_kit(%s)", [request])
            assert cursor.fetchone() == ("wait",)
            cursor.execute("RELEASE SAVEPOINT a")
        cursor.execute("SELECT sealed_allocate(%s)", [place])
        assert cursor.fetchone() == ("wait",)


def test_what_a_transaction_takes_from_the_shelf_does_not_close_the_supply_for_it(attacker, room):
    """With three kits of each arm left, one more taken would close it, for the arm it was taken from."""
    found = bags(attacker, room)
    leave(room, kits=3)
    for [(subject, kit), *_] in found.values():
        request = committed_kit_request(attacker, room, subject, kit)
        with attacker.session() as cursor:
            cursor.execute("SELECT sealed_bind_second_kit(%s)", [request])
            cursor.execute(f"SELECT sealed_supply_open({SITE})")
            assert cursor.fetchone() == (True,)


@pytest.mark.parametrize("empty", ARMS)
def test_no_second_kit_for_anybody_while_one_arm_has_none(attacker, room, empty):
    requests = [committed_kit_request(attacker, room, *bag[0]) for bag in bags(attacker, room).values()]
    leave(room, kits=0, arm=empty)
    assert {attacker.commit("SELECT sealed_bind_second_kit(%s)", request) for request in requests} == {
        ("hold",)
    }


def test_a_second_kit_only_in_the_place_of_a_bag_that_was_prepared_and_lost(attacker, room):
    """Any number of them, committed one after the other, would show at which one the supply closes."""
    found = bags(attacker, room)
    (subject, kit), (_, other) = found[ARMS[0]][0], found[ARMS[1]][0]
    bind = "SELECT sealed_bind_second_kit(%s)"
    request = bare_kit_request(attacker, subject, kit)
    attacker.is_refused(bind, request)
    attacker.commit(STEP, kit, "not_given")
    attacker.is_refused(bind, request)
    prepare(room, kit)
    assert attacker.commit(bind, request) == ("bound",)
    with attacker.session() as cursor, pytest.raises(psycopg2.errors.UniqueViolation):
        request_second_kit(cursor, subject, kit)
    [second] = attacker.commit("SELECT sealed_second_kit(%s)", request)
    add_kit(attacker, subject, second)
    attacker.commit(STEP, second, "not_given")
    attacker.is_refused(bind, bare_kit_request(attacker, subject, second))
    prepare(room, other)
    attacker.commit(STEP, other, "not_given")
    attacker.is_refused(bind, bare_kit_request(attacker, subject, other))


def test_a_bag_lost_by_the_asking_transaction_counts_for_nothing(attacker, room):
    (subject, kit) = bags(attacker, room)[ARMS[0]][0]
    prepare(room, kit)
    request = bare_kit_request(attacker, subject, kit)
    with attacker.session() as cursor:
        cursor.execute(STEP, [kit, "not_given"])
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT sealed_bind_second_kit(%s)", [request])


def test_no_second_kit_in_the_place_of_an_invented_one(attacker, room):
    (subject, _) = bags(attacker, room)[ARMS[0]][0]
    [(shelved,)] = room(f"SELECT min(number) FROM sealed_shelf({SITE})")
    for number in ("X1", shelved):
        add_kit(attacker, subject, number)
        prepare(room, number)
        attacker.is_refused("SELECT sealed_bind_second_kit(%s)", bare_kit_request(attacker, subject, number))


@pytest.mark.parametrize("when", ["0044-03-15 BC", "infinity", "-infinity", "1999-01-01", "9999-12-31"])
def test_a_time_that_no_study_has_is_not_written_down(attacker, room, when):
    """It would stay, and break what reads the kits of exactly that shipment."""
    [(_, kit)] = bags(attacker, room)[ARMS[0]][:1]
    attacker.is_refused(f"SELECT sealed_record_step(%s, 'ordered', '{when}', NULL, NULL, '')", kit)


def add_kit(attacker: Attacker, subject: int, number: str) -> None:
    attacker.commit(
        "INSERT INTO randomization_kit (number, randomization_id, subject_id, assigned_at)"
        " SELECT %s, id, subject_id, now() FROM randomization_randomization WHERE subject_id = %s",
        number,
        subject,
    )


@pytest.mark.parametrize("arm", ARMS)
def test_a_step_with_a_time_of_yesterday_does_not_show_whose_arm_was_short_at_midnight(attacker, room, arm):
    leave(room, kits=6)
    (_, kit) = bags(attacker, room)[arm][0]
    backdated = STEP.replace("now()", "now() - interval '1 day'")
    low = f"SELECT sealed_was_low({SITE})"
    with attacker.session() as cursor:
        cursor.execute(backdated, [kit, "ordered"])
        cursor.execute(low)
        assert cursor.fetchone() == (False,)
    attacker.commit(backdated, kit, "ordered")
    assert attacker.commit(low) == (False,)


def a_day_passes(room) -> None:
    room("ALTER TABLE sealed_movement DISABLE TRIGGER audit_append_only")
    room("UPDATE sealed_movement SET recorded_at = recorded_at - interval '2 days'")
    room("ALTER TABLE sealed_movement ENABLE TRIGGER audit_append_only")


def leave(room, *, kits: int, arm: str = "") -> None:
    """Yesterday all but so many kits of each arm, or of one, were quarantined."""
    room(
        "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
        " SELECT number, 'quarantined', now(), (SELECT min(id) FROM core_staffmember), '' FROM"
        " (SELECT s.number, s.arm, row_number() OVER (PARTITION BY s.arm ORDER BY s.number) AS n"
        f"    FROM sealed_shelf({SITE}) s) k WHERE k.n > %s AND (%s = '' OR k.arm = %s)",
        kits,
        arm,
        arm,
    )
    a_day_passes(room)


def test_the_request_for_a_second_kit_cannot_be_changed(attacker):
    for column in ("tx = 1", "subject_id = subject_id", "replaces_id = replaces_id"):
        attacker.is_refused(f"UPDATE randomization_kitrequest SET {column}")
    attacker.is_refused("DELETE FROM randomization_kitrequest")


def test_a_substitution_needs_the_access_record_of_its_own_participant(attacker, room):
    found = bags(attacker, room)
    (subject, _), (_, other) = found[ARMS[0]][0], found[ARMS[1]][0]
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    attacker.is_refused("SELECT sealed_substitute(%s, %s)", access, other)
    attacker.is_refused("SELECT sealed_prepare_step(%s, %s, 'failed', now(), NULL, '')", access, other)
    attacker.is_refused("SELECT sealed_substitute(1, %s)", other)


def test_helpers_of_the_ledger_cannot_be_called(attacker):
    for call in (
        "sealed_standing(true)",
        "sealed_left(1)",
        "sealed_fewest('{}')",
        "sealed_held(1)",
        "sealed_arm_of(1)",
        "sealed_choose(1, 'x', 'y')",
        "sealed_bound_here()",
        "sealed_bag_lost('x')",
        "sealed_await_disk()",
        "sealed_kit_for(1, 'x')",
        "sealed_move(1, 'x', 'lost', now(), NULL, NULL, '')",
    ):
        attacker.is_refused(f"SELECT * FROM {call}")
