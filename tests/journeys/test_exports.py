"""A monitor asks for an export in a browser, watches it, takes the file, and cancels another."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from enrollment.actions import log_person_seen
from tests.journeys.browser import Person
from trial_site.core.models import StudySite
from trial_site.exports import views, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folder_of_finished_exports(settings, tmp_path_factory) -> None:
    settings.EXPORT_FOLDER = tmp_path_factory.mktemp("finished")


def test_asked_for_watched_taken_and_cancelled(
    person: Callable[[str], Person], site: StudySite, cast, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(views.make_waiting_exports, "apply_async", lambda **options: None)
    now, coordinator = datetime.now(UTC), cast.coordinator.actor()
    subject = log_person_seen(site, on=site.date_of(now), by=coordinator, at=now)
    monitor = person("monitor")
    monitor.open("/exports/")
    monitor.look("exports")
    monitor.press("Export")
    monitor.sees("waiting", "Progress")
    monitor.look("export-waiting")
    work.make_waiting_exports()
    monitor.sees("Kept until")
    monitor.look("export-ready")
    download = monitor.download("Download")
    download.save_as(path := tmp_path / download.suggested_filename)
    with ZipFile(path) as archive:
        assert subject.number in archive.read("SU_participant.csv").decode()
    monitor.open("/exports/")
    monitor.press("Export")
    monitor.press("Cancel the export")
    monitor.sees("It was cancelled; there is no file.")
