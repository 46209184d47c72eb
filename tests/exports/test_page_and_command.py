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
from tests.exports.conftest import NOW
from trial_site.exports.models import Export

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def person(cast):
    return log_person_seen(cast.site, on=NOW.date(), by=cast.coordinator.actor(), at=NOW)


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def test_a_monitor_downloads_what_she_chose_and_finds_it_in_the_list(cast, person) -> None:
    client = signed_in(cast.monitor)
    assert client.get(reverse("exports:exports")).status_code == 200
    response = client.post(reverse("exports:make"), {"format": "csv", "forms": ["SU"]})
    assert response.headers["Content-Disposition"].startswith('attachment; filename="NCT05741099_csv_')
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.namelist()[1:] == ["data-dictionary.csv", "codelists.csv", "manifest.json"]
        assert person.number in archive.read(archive.namelist()[0]).decode()
    listed = client.get(reverse("exports:exports")).content.decode().replace("<wbr>", "")
    assert Export.objects.get().sha256 in listed


def test_what_is_wrong_is_said_beside_the_field(cast) -> None:
    client = signed_in(cast.monitor)
    nothing = client.post(reverse("exports:make"), {"format": "csv"})
    assert (nothing.status_code, "Choose at least one form." in nothing.content.decode()) == (422, True)
    assert client.post(reverse("exports:make"), {"format": "exe", "forms": ["SU"]}).status_code == 422
    assert not Export.objects.exists()


def test_refused_without_the_delegation(cast) -> None:
    for member in (cast.coordinator, cast.assessor, cast.pharmacist, cast.outsider):
        client = signed_in(member)
        assert client.get(reverse("exports:exports")).status_code == 403
        assert client.post(reverse("exports:make"), {"format": "csv", "forms": ["SU"]}).status_code == 403
    assert not Export.objects.exists()


def export_casebook(**options) -> str:
    out = StringIO()
    call_command("export_casebook", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_command_writes_the_file_and_says_what_it_wrote(person, tmp_path: Path) -> None:
    target = tmp_path / "casebook.xml"
    said = json.loads(
        export_casebook(format="odm-snapshot", output=target, json=True, participant=person.number)
    )
    made = Export.objects.get()
    assert (said["file"], said["sha256"], said["records"]["SU"]) == (str(target), made.sha256, 1)
    assert (made.made_by, made.manifest["made_by"]["name"]) == (None, "system:export_casebook")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_command_ends_with_one_sentence_when_it_cannot(cast, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    for options, sentence in (
        ({"participant": "99-999"}, "There is no participant 99-999."),
        ({"email": "nobody@demo.example"}, "There is no account nobody@demo.example."),
        ({"email": cast.coordinator.email}, "This needs a current delegation"),
        ({"output": tmp_path / "no" / "out.zip"}, "There is no folder"),
    ):
        with pytest.raises(CommandError, match=sentence):
            export_casebook(**{"format": "csv", "output": target} | options)
    assert list(tmp_path.iterdir()) == []
