"""Sealing: nothing that commits late is skipped, several at once do not disturb each other, anchors are outside."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from randomization import tasks as room
from tests.audit.chains import execute, extend_chains, found, others_have_finished, seal_history, verified
from trial_site.audit import sealing, tasks
from trial_site.audit.models import Event, Leaf, Seal
from trial_site.audit.sealing import NotTheAnchored, append_anchors

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
RENAME = "UPDATE core_studysite SET name = %s WHERE code = '01'"


def seal() -> None:
    others_have_finished()
    sealing.seal()


def rename(connection, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('trial.context', '{\"actor\": \"a\"}', true)")
        cursor.execute(RENAME, [name])


def event_of(name: str) -> Event:
    return Event.objects.get(table="core_studysite", new__name=name)


def seal_of(name: str) -> int | None:
    return Leaf.objects.filter(event_id=event_of(name).pk).values_list("seal", flat=True).first()


def test_a_late_commit_is_sealed_not_skipped(application):
    """The row written first commits last; a seal made in between takes neither it nor what came after it."""
    seal()
    early, late = application(), application()
    rename(late, "late")
    with early, early.cursor() as cursor:
        cursor.execute("SELECT set_config('trial.context', '{\"actor\": \"a\"}', true)")
        cursor.execute("UPDATE core_studysite SET name = 'early' WHERE code = '02'")
    sealing.seal()
    assert seal_of("early") is None
    late.commit()
    seal()
    assert seal_of("early") == seal_of("late") == 3
    assert event_of("late").pk < event_of("early").pk
    assert found("audit") == set()
    assert verified("audit")[0].waiting == 0


def test_writers_and_sealers_at_once_leave_every_row_sealed_once(application):
    def write(number: int) -> None:
        writing = application()
        for turn in range(20):
            rename(writing, f"{number}.{turn}")
            writing.rollback() if turn % 5 == 4 else writing.commit()

    def seal_again(number: int) -> None:
        sealer = application()
        sealer.autocommit = True
        with sealer.cursor() as cursor:
            for _ in range(30):
                cursor.execute("SELECT audit_seal()")

    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda task: task[0](task[1]),
                [(write, n) for n in range(4)] + [(seal_again, n) for n in (1, 2)],
            )
        )
    seal()
    assert verified("audit")[1] == []
    assert Leaf.objects.count() == Event.objects.count()
    assert Seal.objects.count() > 2


def test_saving_never_waits_for_sealing(application):
    """A seal that is being made holds nothing that a save needs."""
    sealer, writer = application(), application()
    with sealer.cursor() as cursor:
        cursor.execute("SELECT audit_seal()")
        with writer.cursor() as other:
            other.execute("SET lock_timeout = '100ms'")
        rename(writer, "meanwhile")
        writer.commit()
    sealer.rollback()


def test_a_seal_is_made_with_news_or_without():
    """Their number and times are shown to blinded people, who would count what the pharmacy does."""
    for _ in range(3):
        seal()
    assert Seal.objects.count() == 3
    assert Seal.objects.get(pk=3).ids == "{}"


def test_rows_from_a_dump_in_a_new_server_are_sealed_once():
    """There the counter of transactions starts anew: old rows are ahead of it, and so is the last seal."""
    seal_history()
    execute("ALTER TABLE audit_event DISABLE TRIGGER ALL", "ALTER TABLE audit_seal DISABLE TRIGGER ALL")
    ahead = "UPDATE audit_event SET tx = tx + 1000000000 WHERE id = (SELECT max(id) FROM audit_event)"
    execute(RENAME, parameters=["not sealed in the old server"])
    execute(ahead)
    execute("UPDATE audit_seal SET tx = tx + 1000000000 WHERE id = 2")
    execute(RENAME, parameters=["in the new server"])
    extend_chains()
    assert seal_of("not sealed in the old server") == seal_of("in the new server") == 3
    execute(RENAME, parameters=["as usual"])
    extend_chains()
    assert seal_of("as usual") == 4
    assert Leaf.objects.count() == Event.objects.count()


def test_the_task_anchors_each_seal_once(tmp_path, settings):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    for name in ("one", "two"):
        execute(RENAME, parameters=[name])
        others_have_finished()
        tasks.seal()
        tasks.seal()
    lines = [json.loads(line) for line in (tmp_path / "anchor.jsonl").read_text().splitlines()]
    assert [(line["chain"], line["number"]) for line in lines] == [("audit_event", n) for n in (1, 2, 3, 4)]
    assert found("audit", lines) == set()


def test_an_anchor_that_was_cut_off_while_it_was_written_is_written_again(tmp_path):
    path = tmp_path / "anchor.jsonl"
    seal()
    append_anchors(path, sealing.anchors)
    whole = path.read_text()
    path.write_text(whole + whole[:20])
    execute(RENAME, parameters=["news"])
    seal()
    assert append_anchors(path, sealing.anchors) == 1
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_a_chain_that_is_not_the_anchored_one_is_not_anchored(tmp_path):
    path = tmp_path / "anchor.jsonl"
    seal()
    append_anchors(path, sealing.anchors)
    path.write_text(path.read_text().replace('"number": 1', '"number": 7'))
    before = path.read_text()
    with pytest.raises(NotTheAnchored, match="Seal 7 of audit_event"):
        append_anchors(path, sealing.anchors)
    assert path.read_text() == before


def test_anchors_by_mail_go_to_whom_it_may_concern(settings, tmp_path):
    seal_history()
    tasks.send_anchor()
    room.send_anchor()
    assert mail.outbox == []
    settings.AUDIT_ANCHOR_EMAIL, settings.SEALED_ANCHOR_EMAIL = (
        ["archive@demo.example"],
        ["dsmb@demo.example"],
    )
    settings.SEALED_ANCHOR_FILE = str(tmp_path / "sealed.jsonl")
    room.seal_room()
    tasks.send_anchor()
    room.send_anchor()
    said = {message.to[0]: json.loads(message.body) for message in mail.outbox}
    assert (said["archive@demo.example"]["chain"], said["dsmb@demo.example"]["chain"]) == (
        "audit_event",
        "sealed_event",
    )
    assert (
        found("audit", [said["archive@demo.example"]])
        == found("sealed", [said["dsmb@demo.example"]])
        == set()
    )
    assert (
        found("sealed", list(map(json.loads, (tmp_path / "sealed.jsonl").read_text().splitlines()))) == set()
    )


def test_the_doctor_asks_for_seals():
    now = timezone.now()
    assert [sentence for sentence in sealing.findings(now) if "was last sealed at no time" in sentence]
    seal()
    assert list(sealing.findings(now)) == []
    assert list(sealing.findings(now + timedelta(hours=1))) == []
    [late] = sealing.findings(now + timedelta(hours=3))
    assert "do beat and a worker run?" in late
    execute(RENAME, parameters=["waits"])
    [waiting] = sealing.findings(now + timedelta(minutes=30))
    assert "wait for their seal too long" in waiting
    execute("ALTER TABLE audit_seal DISABLE TRIGGER ALL", "UPDATE audit_seal SET root = sha256('forged')")
    assert "audit_event: seal 1 was altered." in list(sealing.findings(now))


def test_equal_rows_of_the_room_have_different_leaves_and_equal_open_rows_do_not_need_it():
    seal_history()
    [(salted, salts)] = execute("SELECT count(*), count(DISTINCT salt) FROM sealed_leaf")
    assert salted == salts > 20
    assert set(Leaf.objects.values_list("salt", flat=True)) == {b""}
