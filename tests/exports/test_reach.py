"""Whoever exports for one study site gets nothing of another, in no format and by no direct request."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pytest
from django.test import Client
from django.urls import reverse

from tests.exports.reading import text_of
from trial_site.core.actions import delegate, end_delegation
from trial_site.core.permissions import Task
from trial_site.exports import views, work
from trial_site.exports.models import ON_REQUEST, Export, ExportFormat

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def of_one_site(cast, monkeypatch):
    """The data manager, from now on at study site 01 only."""
    monkeypatch.setattr(views.make_waiting_exports, "apply_async", lambda **options: None)
    at, by, staff = datetime.now(UTC), cast.principal.actor(), cast.data_manager.staff
    for line in staff.delegations.filter(task=Task.EXPORT):
        end_delegation(line, reason="One site only.", by=by, at=at)
    delegate(staff, tasks=[Task.EXPORT], site=cast.site, starts_at=at, password=cast.password, by=by, at=at)
    client = Client()
    client.force_login(staff)
    return client


def asked(**changes) -> dict:
    return {"format": "csv", "forms": ["SU", "AE"], "only": "all"} | changes


@pytest.mark.parametrize("format", ON_REQUEST)
def test_nothing_of_another_site_is_in_the_file(study, of_one_site, cast, tmp_path, format) -> None:
    page = of_one_site.post(reverse("exports:make"), asked(format=format)).headers["Location"]
    work.make_waiting_exports()
    answer = of_one_site.post(f"{page}file/")
    (path := tmp_path / "file").write_bytes(b"".join(answer.streaming_content))
    found = "".join(read(path, tmp_path))
    assert study.subject.number in found or format == ExportFormat.DERIVED
    assert study.elsewhere.number not in found
    assert cast.outsider.email not in found


def read(path: Path, folder: Path) -> Iterator[str]:
    """The names and the text of what is in a file."""
    if not is_zipfile(path):
        yield text_of(path) if path.read_bytes().startswith(b"%PDF") else path.read_text()
        return
    with ZipFile(path) as archive:
        for name in archive.namelist():
            yield name
            yield from read(Path(archive.extract(name, folder)), folder)


def test_asking_for_it_directly_is_refused_beside_the_field(study, of_one_site) -> None:
    for wrong in (
        {"sites": ["02"]},
        {"sites": ["01", "02"]},
        {"participants": study.elsewhere.number},
        {"participants": f"{study.subject.number} {study.elsewhere.number}"},
        {"forms": ["XX"]},
        {"forms": ["SU", "sealed_place"]},
        {"visits": ["D999"]},
        {"only": "everything"},
        {"casebook": "unblinded"},
    ):
        answer = of_one_site.post(reverse("exports:make"), asked(**wrong))
        assert answer.status_code == 422, wrong
    assert not Export.objects.exists()
    assert (
        of_one_site.post(reverse("exports:unblinded"), {"format": "csv", "why": "curious"}).status_code == 403
    )
