"""The end of a study site: its certified copy, which anybody can check, and reading without writing afterwards."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from tests.exports.reading import text_of
from tests.exports.test_odm import schema
from tests.journeys.test_refusals import MAY, arguments
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.permissions import Task, can
from trial_site.exports import actions, views, work
from trial_site.exports.close_out import close_out
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.wishes import Wish
from trial_site.monitoring.actions import lift, place_lock
from trial_site.monitoring.models import Freeze
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.usefixtures("transactional_db")
PAGE = "/exports/close-out/01/"


@pytest.fixture(autouse=True)
def _alone(settings, monkeypatch) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    monkeypatch.setattr(views.make_waiting_exports, "apply_async", lambda **options: None)


@pytest.fixture
def locked(cast, study) -> Freeze:
    return place_lock(cast.site, by=cast.data_manager.actor(), at=datetime.now(UTC))


@pytest.fixture
def copy(cast, locked) -> Export:
    assert signed_in(cast.data_manager).post(PAGE, cast.data_manager.signature).status_code == 302
    work.make_waiting_exports()
    return Export.objects.get()


@pytest.fixture
def closed(cast, copy) -> Export:
    assert signed_in(cast.data_manager).post(f"{PAGE}close/").status_code == 302
    return copy


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def taken(client: Client, copy: Export, folder: Path) -> Path:
    answer = client.post(f"{PAGE}copy/{copy.code}/")
    (path := folder / copy.file_name).write_bytes(b"".join(answer.streaming_content))
    with ZipFile(path) as archive:
        archive.extractall(folder / "copy")
    return folder / "copy"


def checked(folder: Path) -> bool:
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


@pytest.mark.parametrize("who", ["coordinator", "principal"])
def test_the_site_keeps_a_copy_that_anybody_checks(cast, study, closed, who, tmp_path) -> None:
    client, number = signed_in(getattr(cast, who)), study.subject.number
    assert closed.file_name in client.get(PAGE).content.decode()
    folder = taken(client, closed, tmp_path)
    listed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == listed | {"SHA256SUMS"}
    assert checked(folder)
    assert "Signatures" in text_of(folder / "casebooks" / f"{number}.pdf")
    [history] = (folder / "odm").iterdir()
    document = etree.parse(history)
    schema().assertValid(document)
    assert document.getroot().get("Archival") == "Yes"
    assert check_file(history).kept == []
    (folder / "casebooks" / f"{number}.pdf").open("ab").write(b" ")
    assert not checked(folder)


def test_it_says_who_certified_it_when_and_what_that_means(cast, copy, tmp_path) -> None:
    folder, staff = taken(signed_in(cast.coordinator), copy, tmp_path), cast.data_manager.staff
    told = (folder / "CERTIFICATE.txt").read_text()
    assert f"Certified by: {staff.full_name}, Data manager" in told
    assert "complete and unaltered copy" in told
    assert "Asia/Shanghai" in told
    assert copy.manifest["certified"]["by"] == {"name": staff.full_name, "role": staff.role}
    assert copy.manifest["asked"]["sites"] == ["01"]
    assert (copy.expires_at, copy.sha256 != "") == (None, True)
    assert "Kept until" not in signed_in(cast.data_manager).get(f"/exports/{copy.code}/").content.decode()
    assert Event.objects.filter(table="exports_export", actor_id=cast.coordinator.staff.pk).exists()


def test_a_stranger_finds_no_site_and_no_copy(cast, study, copy) -> None:
    outsider = signed_in(cast.outsider)
    assert "01 " not in outsider.get("/exports/close-out/").content.decode().split("<tbody>")[1]
    for answer in (
        outsider.get(PAGE),
        outsider.post(f"{PAGE}copy/{copy.code}/"),
        outsider.post(f"{PAGE}close/"),
    ):
        assert answer.status_code == 404
    for nobody in ("assessor", "pharmacist", "administrator"):
        assert signed_in(getattr(cast, nobody)).get(PAGE).status_code == 403
    with pytest.raises(NotAllowed):
        actions.hand_out(copy, by=cast.outsider.actor(), at=datetime.now(UTC))


def test_nothing_is_certified_unlocked_or_without_the_right_password(cast, study) -> None:
    manager = signed_in(cast.data_manager)
    assert manager.post(PAGE, cast.data_manager.signature).status_code == 422
    lock = place_lock(cast.site, by=cast.data_manager.actor(), at=datetime.now(UTC))
    assert manager.post(PAGE, cast.data_manager.signature | {"password": "wrong"}).status_code == 422
    given = {"by": cast.monitor.actor(), "at": datetime.now(UTC)}
    with pytest.raises(Refused, match="signed for"):
        actions.order_export(format=ExportFormat.CERTIFIED, wish=Wish(sites=("01",)), **given)
    assert not Export.objects.exists()
    assert manager.post(PAGE, cast.data_manager.signature).status_code == 302
    lift(lock, reason="A value is wrong.", by=cast.data_manager.actor(), at=datetime.now(UTC))
    work.make_waiting_exports()
    assert Export.objects.get().state == "failed"


def test_a_site_is_closed_when_it_is_locked_and_has_its_copy(cast, study) -> None:
    given = {"by": cast.data_manager.actor(), "at": datetime.now(UTC)}
    with pytest.raises(Refused, match="Lock"):
        close_out(cast.site, **given)
    place_lock(cast.site, **given)
    with pytest.raises(Refused, match="certified copy"):
        close_out(cast.site, **given)
    with pytest.raises(NotAllowed):
        close_out(cast.site, by=cast.principal.actor(), at=datetime.now(UTC))


# What the principal investigator does for the study, not at the site.
FOR_THE_STUDY = {
    "administration:delegate",
    "administration:end_delegation",
    "casebook:trail_copy",
    "exports:take_copy",
    "exports:unblinded",
    "randomization:break_code",
    "randomization:letter_opened",
    "randomization:study",
    "randomization:told",
    "pauses",
    "end_pause",
}


def test_who_worked_at_a_closed_site_reads_on_and_writes_nothing(cast, study, closed) -> None:
    number = study.subject.number
    for who in ("coordinator", "investigator", "nurse", "principal"):
        client = signed_in(getattr(cast, who))
        for page in ("/", "/participants/", f"/participants/{number}/"):
            assert client.get(page).status_code == 200, (who, page)
        before = Event.objects.count()
        for name in MAY.keys() - FOR_THE_STUDY:
            address = reverse(name, args=arguments(name, number))
            answer = client.post(address, {"confirmed": "on", "why": "late", "text": "late"})
            assert answer.status_code in (403, 404, 405, 409, 422), (who, address)
            # The principal investigator's other study sites are open.
            assert answer.status_code in (403, 404, 405) or who == "principal", (who, address)
        assert Event.objects.count() == before, who
    assert signed_in(cast.outsider).get(f"/participants/{number}/").status_code == 404
    assert can(cast.outsider.actor(), Task.SCREEN, cast.outsider.staff.site_id)
    assert can(cast.medical_monitor.actor(), Task.BREAK_CODE, cast.site.pk)


def test_it_is_opened_again_with_a_reason(cast, closed) -> None:
    manager = signed_in(cast.data_manager)
    assert not can(cast.coordinator.actor(), Task.SCREEN, cast.site.pk)
    assert manager.post(f"{PAGE}open/", {"reason": ""}).status_code == 422
    assert signed_in(cast.coordinator).post(f"{PAGE}open/", {"reason": "x"}).status_code == 403
    assert manager.post(f"{PAGE}open/", {"reason": "An inspector asks."}).status_code == 302
    assert can(cast.coordinator.actor(), Task.SCREEN, cast.site.pk)
    assert Event.objects.filter(table="core_studysite", reason="An inspector asks.").exists()
