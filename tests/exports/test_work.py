"""The worker: cancelled, killed, overtaken, expired. What can be chosen: visits, signed, the past, no identity."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from outcomes.actions import amend_adverse_event
from outcomes.models import AdverseEvent
from tests.exports.conftest import ODD_TEXTS, adverse_event
from tests.exports.reading import everything_recorded, load_odm, read_csv, read_odm, read_tabulations
from trial_site.core.errors import Refused
from trial_site.exports import actions, work
from trial_site.exports.blinded import DATASETS
from trial_site.exports.models import Export, ExportFormat, ExportState
from trial_site.exports.sdtm.design import DESIGN
from trial_site.exports.wishes import Only, Wish, numbers
from trial_site.monitoring.models import Signature
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def ordered(study, cast) -> Export:
    return order(cast)


def order(cast, format=ExportFormat.CSV, **wish) -> Export:
    return actions.order_export(format=format, wish=Wish(**wish), by=cast.monitor.actor(), at=timezone.now())


def files() -> list[str]:
    return sorted(path.name for path in Path(settings.EXPORT_FOLDER).rglob("*") if path.is_file())


def test_one_export_is_taken_by_one_worker(ordered) -> None:
    first = actions.claim_export(by=work.WORKER, at=timezone.now())
    assert first == ordered
    assert actions.claim_export(by=work.WORKER, at=timezone.now()) is None
    lapsed = timezone.now() + actions.CLAIM + timedelta(seconds=1)
    second = actions.claim_export(by=work.WORKER, at=lapsed)
    assert second == ordered
    # Whoever was overtaken changes nothing any more.
    assert not actions.keep_claim(first, done=1, total=2, by=work.WORKER, at=lapsed)
    actions.finish_export(first, manifest={}, sha256="0" * 64, name="x", by=work.WORKER, at=lapsed)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.attempts, ordered.sha256) == (ExportState.RUNNING, 2, "")


def test_cancelled_while_waiting_or_half_way(ordered, cast, monkeypatch) -> None:
    waiting = order(cast)
    actions.cancel_export(waiting, by=cast.monitor.actor(), at=timezone.now())
    monkeypatch.setattr(work, "EVERY", 0.05)
    monkeypatch.setitem(actions.WRITERS, ExportFormat.CSV, cancelled_half_way(ordered, cast))
    work.make_waiting_exports()
    assert set(Export.objects.values_list("state", flat=True)) == {"cancelled"}
    assert files() == []
    with pytest.raises(Refused, match="not waiting any more"):
        actions.cancel_export(ordered, by=cast.monitor.actor(), at=timezone.now())


def cancelled_half_way(export, cast):
    """A writer during whose work somebody cancels, in a transaction of their own."""
    from threading import Thread

    def cancel() -> None:
        actions.cancel_export(export, by=cast.monitor.actor(), at=timezone.now())
        connection.close()

    def write(out, order, tell):
        out.write(b"half")
        thread = Thread(target=cancel)
        thread.start()
        thread.join()
        for step in range(200):
            time.sleep(0.02)
            tell(step, 200)
        raise AssertionError("it went on to the end")

    return write


def test_an_error_is_kept_as_a_sentence_and_leaves_no_file(ordered, monkeypatch) -> None:
    def write(out, order, tell):
        out.write(b"half")
        raise ZeroDivisionError

    monkeypatch.setitem(actions.WRITERS, ExportFormat.CSV, write)
    work.make_waiting_exports()
    ordered.refresh_from_db()
    assert (ordered.state, files()) == (ExportState.FAILED, [])
    assert "error" in ordered.failure


def test_a_person_whose_delegation_has_ended_gets_nothing(ordered, cast) -> None:
    from trial_site.core.actions import end_delegation

    for line in cast.monitor.staff.delegations.filter(task="export"):
        end_delegation(line, reason="left", by=cast.principal.actor(), at=timezone.now())
    work.make_waiting_exports()
    ordered.refresh_from_db()
    assert (ordered.state, files()) == (ExportState.FAILED, [])
    assert "delegation" in ordered.failure


WORKER = """
import django; django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {name!r}
settings.EXPORT_FOLDER = {folder!r}
from trial_site.exports import actions, csv_archive, work
copy = csv_archive.copy_form
def slowly(*form, **options):
    print("copying", flush=True)
    done = copy(*form, **options)
    import time; time.sleep(0.5)
    return done
csv_archive.copy_form = slowly
work.make_waiting_exports()
"""


def test_a_worker_killed_at_half_way_starts_again_and_leaves_one_file(ordered) -> None:
    name, folder = settings.DATABASES["default"]["NAME"], str(settings.EXPORT_FOLDER)
    program = WORKER.format(name=name, folder=folder)
    worker = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=os.environ.copy())
    for _form in range(3):
        assert worker.stdout.readline() == b"copying\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    ordered.refresh_from_db()
    assert (ordered.state, files()) == (ExportState.RUNNING, ["1.partial"])
    work.make_waiting_exports()
    ordered.refresh_from_db()
    assert ordered.state == ExportState.RUNNING, "its claim has not lapsed yet"
    later = timezone.now() + actions.CLAIM
    work.make(actions.claim_export(by=work.WORKER, at=later))
    ordered.refresh_from_db()
    assert (ordered.state, ordered.attempts) == (ExportState.READY, 2)
    assert files() == [ordered.file_name]
    assert read_csv(work.file_of(ordered)) == everything_recorded()


def test_it_expires(ordered, cast) -> None:
    work.make_waiting_exports()
    (Path(settings.EXPORT_FOLDER) / "of nothing").mkdir()
    work.clear_away()
    assert files() == [Export.objects.get().file_name]
    actions.forget_expired(by=work.WORKER, at=timezone.now() + actions.KEPT)
    work.clear_away()
    assert list(Path(settings.EXPORT_FOLDER).iterdir()) == []
    with pytest.raises(Refused, match="not kept any more"):
        actions.hand_out(ordered, by=cast.monitor.actor(), at=timezone.now())


def test_as_of_an_instant_shows_what_was_recorded_by_then(study, export, cast) -> None:
    then, recorded = datetime.now(UTC), everything_recorded()
    event = AdverseEvent.objects.order_by("number").first()
    values = adverse_event("corrected later", on=event.started_on)
    by = cast.coordinator.actor(study.now)
    amend_adverse_event(event, values=values, version=event.version, reason="typo", by=by, at=study.now)
    now = datetime.now(UTC)
    path, made = export(ExportFormat.CSV, at=now, as_of=then)
    assert read_csv(path) == recorded != everything_recorded()
    assert made.manifest["data_as_of"].startswith(then.isoformat()[:19])
    path, _made = export(ExportFormat.ODM_SNAPSHOT, at=now, as_of=then)
    assert read_odm(load_odm(path)) == recorded
    path, _made = export(ExportFormat.ODM_TRANSACTIONAL, at=now, as_of=then)
    assert b"corrected later" not in path.read_bytes()
    assert check_file(path).kept == []
    path, _made = export(ExportFormat.CSV, at=now, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert read_csv(path) == {}
    path, _made = export(ExportFormat.DATASET_JSON, at=now, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert read_tabulations(path)[0].keys() == DESIGN.keys()
    path, _made = export(ExportFormat.DATASET_JSON, at=now, as_of=then)
    assert "corrected later" not in json.dumps(read_tabulations(path)[0])
    path, _made = export(ExportFormat.CSV, at=now, as_of=now)
    assert read_csv(path) == everything_recorded()


def test_visits_and_signed_records_only(study, export, cast) -> None:
    path, _made = export(ExportFormat.CSV, visits=("D7",))
    assert {(form, visit) for _s, form, visit, _r in read_csv(path)} >= {("VS", "D7"), ("VI", "D7")}
    assert {visit for _s, _f, visit, _r in read_csv(path)} == {"D7"}
    path, _made = export(ExportFormat.CSV, only=Only.SIGNED)
    signed = {(form, subject) for subject, form, _v, _r in read_csv(path)}
    assert signed == {(s.form, s.subject) for s in Signature.objects.all()}
    assert signed == {("EL", study.subject.number), ("OR", study.subject.number)}


def test_deidentified(study, export, tmp_path) -> None:
    path, made = export(ExportFormat.CSV, deidentified=True)
    text = path.read_bytes()
    found, recorded = read_csv(path), everything_recorded()
    assert found.keys() == recorded.keys()
    shifts = set()
    for key, values in recorded.items():
        assert not set(found[key].values()) & set(ODD_TEXTS)
        for name, value in values.items():
            if name in found[key] and is_date(value):
                shifts.add(
                    (key[0], date.fromisoformat(value[:10]) - date.fromisoformat(found[key][name][:10]))
                )
    by_subject = dict(shifts)
    assert len(by_subject) == len(shifts), "one participant's dates move together"
    assert all(shift.days > 0 and shift.days % 7 == 0 for shift in by_subject.values())
    reasons = {(w["form"], w["field"]): w["reason"] for w in made.manifest["withheld"]}
    assert "free text" in reasons["AE", "term"]
    assert "TERM" not in {name for key, values in found.items() if key[1] == "AE" for name in values}
    path, _made = export(ExportFormat.ODM_SNAPSHOT, deidentified=True)
    assert check_file(path).kept == []
    assert read_odm(load_odm(path)) == found
    assert b"@demo.example" not in path.read_bytes() + text


def is_date(value: str) -> bool:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return len(value) >= 10


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ()),
        (" 01-001 ,01-002\n01-001", ("01-001", "01-002")),
        ("01-001；01-002、01-003", ("01-001", "01-002", "01-003")),
    ],
)
def test_screening_numbers_as_people_type_them(typed, found) -> None:
    assert numbers(typed) == found


def test_a_wish_survives_its_row() -> None:
    wish = Wish(forms=("AE",), as_of=datetime(2026, 1, 1, tzinfo=UTC), only=Only.SIGNED, deidentified=True)
    assert Wish.read(wish.written()) == wish
    assert {dataset.form for dataset in DATASETS} >= set(wish.forms)
