"""The exports page and `manage.py export_casebook`."""

import json
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from enrollment.actions import log_person_seen
from outcomes.tasks import send_notices
from tests.exports.conftest import NOW
from trial_site.audit.models import Event
from trial_site.exports import views, work
from trial_site.exports.models import Export

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def person(cast):
    return log_person_seen(cast.site, on=NOW.date(), by=cast.coordinator.actor(), at=NOW)


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def _the_worker_is_this_test(monkeypatch) -> None:
    monkeypatch.setattr(views.make_waiting_exports, "apply_async", lambda **options: None)


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


ALL = {"format": "csv", "forms": ["SU"], "only": "all"}


def test_a_monitor_asks_for_what_she_chose_and_takes_it_when_it_is_ready(cast, person, mailoutbox) -> None:
    client = signed_in(cast.monitor)
    assert client.get(reverse("exports:exports")).status_code == 200
    page = client.post(reverse("exports:make"), ALL).headers["Location"]
    waiting = client.get(page).content.decode()
    assert "waiting" in waiting
    assert f'hx-get="{page}"' in waiting
    work.make_waiting_exports()
    made = Export.objects.get()
    fragment = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert made.sha256 in fragment.replace("<wbr>", "")
    assert "hx-get" not in fragment
    assert "<html" not in fragment
    response = client.post(f"{page}file/")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="NCT05741099_csv_')
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert person.number in archive.read(archive.namelist()[0]).decode()
        assert "manifest.json" in archive.namelist()
    assert client.get(f"{page}manifest/").json()["asked"]["forms"] == ["SU"]
    listed = client.get(reverse("exports:exports")).content.decode().replace("<wbr>", "")
    assert made.sha256 in listed
    check_letter(mailoutbox, page, cast.monitor.email)


def check_letter(mailoutbox: list, page: str, email: str) -> None:
    """Once, to her, with the address of the page and nothing of what is in the file."""
    send_notices()
    send_notices()
    (letter,) = mailoutbox
    assert letter.to == [email]
    assert page in letter.body
    assert "NCT05741099" not in letter.subject + letter.body


def test_the_audit_trail_says_who_asked_and_who_took_it(cast, person) -> None:
    client = signed_in(cast.monitor)
    page = client.post(reverse("exports:make"), ALL).headers["Location"]
    work.make_waiting_exports()
    client.post(f"{page}file/")
    events = Event.objects.filter(table="exports_export").order_by("id")
    told = [(event.actor, event.action.rpartition(".")[2]) for event in events]
    monitor = cast.monitor.staff.full_name
    assert told == [
        (monitor, "order_export"),
        ("system:exports", "claim_export"),
        ("system:exports", "finish_export"),
        (monitor, "hand_out"),
    ]


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(cast) -> None:
    client = signed_in(cast.monitor)
    nothing = client.post(reverse("exports:make"), ALL | {"forms": []})
    assert (nothing.status_code, "Choose at least one form." in nothing.content.decode()) == (422, True)
    wrong = client.post(reverse("exports:make"), ALL | {"participants": "99-999, 01-777"})
    assert wrong.status_code == 422
    assert "There is no participant 01-777, 99-999." in wrong.content.decode()
    assert "99-999, 01-777</textarea>" in wrong.content.decode()
    later = client.post(reverse("exports:make"), ALL | {"as_of": "2199-01-01T00:00"})
    assert "This instant has not come yet." in later.content.decode()
    part = client.post(reverse("exports:make"), ALL | {"format": "odm-transactional", "visits": ["D7"]})
    assert "The history is exported whole" in part.content.decode()
    assert client.post(reverse("exports:make"), ALL | {"format": "exe"}).status_code == 422
    assert not Export.objects.exists()


def test_refused_without_the_delegation(cast, person) -> None:
    page = signed_in(cast.monitor).post(reverse("exports:make"), ALL).headers["Location"]
    work.make_waiting_exports()
    before = Event.objects.count()
    for member in (cast.coordinator, cast.assessor, cast.pharmacist, cast.outsider):
        client = signed_in(member)
        assert client.get(reverse("exports:exports")).status_code == 403
        assert client.post(reverse("exports:make"), ALL).status_code == 403
        for address in (page, f"{page}manifest/"):
            assert client.get(address).status_code == 403
        assert client.post(f"{page}file/").status_code == 403
        assert client.post(f"{page}cancel/").status_code == 403
    # Another person who may export does not get this one's file either.
    assert signed_in(cast.data_manager).post(f"{page}file/").status_code == 404
    assert Event.objects.count() == before


def export_casebook(**options) -> str:
    out = StringIO()
    call_command("export_casebook", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_command_writes_the_file_and_says_what_it_wrote(person, tmp_path: Path) -> None:
    target = tmp_path / "casebook.xml"
    said = json.loads(
        export_casebook(format="odm-snapshot", output=target, json=True, participants=[person.number])
    )
    made = Export.objects.get()
    assert (said["file"], said["sha256"], said["records"]["SU"]) == (str(target), made.sha256, 1)
    assert (made.made_by, made.manifest["made_by"]["name"]) == (None, "system:export_casebook")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_command_ends_with_one_sentence_when_it_cannot(cast, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    for options, sentence in (
        ({"participants": ["99-999"]}, "There is no participant 99-999."),
        ({"email": "nobody@demo.example"}, "There is no account nobody@demo.example."),
        ({"email": cast.coordinator.email}, "This needs a current delegation"),
        ({"output": tmp_path / "no" / "out.zip"}, "There is no folder"),
    ):
        with pytest.raises(CommandError, match=sentence):
            export_casebook(**{"format": "csv", "output": target} | options)
    assert list(tmp_path.iterdir()) == []
