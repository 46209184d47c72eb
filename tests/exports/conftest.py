"""One participant brought through the whole study, one of another site, and texts that break exports."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from enrollment.actions import log_person_seen
from outcomes.actions import record_adverse_event
from tests.scenes import staged
from tests.story import participant_at
from trial_site.core.actors import Actor
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.wishes import Wish

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
SYSTEM = Actor.system("test")
ODD_TEXTS = (
    '=HYPERLINK("http://evil.example","x")',
    "'=already with an apostrophe",
    "+1",
    "@SUM(A1)",
    "－1，全角",
    "发热、咳嗽 “引号” 10³/µL",
    "quotes \" and ' , commas; <tags> & entities &amp;",
    "first line\nsecond line\r\nthird\tcolumn",
    "\ttab first",
    "100 % of \\N and {braces}",
)


@pytest.fixture(autouse=True)
def _folder_of_finished_exports(settings, tmp_path_factory) -> None:
    settings.EXPORT_FOLDER = tmp_path_factory.mktemp("finished")


@pytest.fixture
def study(cast) -> SimpleNamespace:
    return staged("a study to export", lambda: study_to_export(cast))


def study_to_export(cast) -> SimpleNamespace:
    subject, now = participant_at("followed")
    for term in ODD_TEXTS:
        values = adverse_event(term, on=subject.site.date_of(now))
        record_adverse_event(subject, values=values, by=cast.coordinator.actor(now), at=now)
    elsewhere = log_person_seen(cast.outsider.staff.site, on=now.date(), by=cast.outsider.actor(now), at=now)
    return SimpleNamespace(subject=subject, elsewhere=elsewhere, now=now)


def adverse_event(term: str, *, on: date) -> dict:
    return {
        "term": term,
        "started_on": on,
        "ended_on": None,
        "ctcae_version": "5.0",
        "grade": 2,
        "serious": False,
        "causality": "",
        "outcome": "unknown",
        "missing": {"ended_on": "UNK"},
    }


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., tuple[Path, Export]]:
    """Makes an export of a wish, given as keywords, and gives its path and its row."""

    def make(format: ExportFormat, *, by=SYSTEM, at=NOW, directory=tmp_path, **wish) -> tuple[Path, Export]:
        made = make_blinded_export(format=format, wish=Wish(**wish), by=by, at=at, directory=directory)
        return directory / made.file_name, made

    return make
