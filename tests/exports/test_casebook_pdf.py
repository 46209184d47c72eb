"""The PDF casebook: what was typed is found in it, with bookmarks, signatures, queries and the audit trail."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from outcomes.models import AdverseEvent
from tests.exports.reading import everything_recorded, squeezed, text_of
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.exports import casebook_pdf
from trial_site.exports.blinded import DATASETS, readable_now
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.wishes import Casebook
from trial_site.monitoring.actions import open_query
from trial_site.monitoring.models import RecordRef, Signature

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\S+Z")
APPENDICES = ["Signatures", "Queries", "Audit trail"]
pytestmark = pytest.mark.usefixtures("transactional_db")


def test_every_value_is_found_again_beside_signatures_queries_and_history(
    study, export, cast, tmp_path
) -> None:
    event = AdverseEvent.objects.order_by("number").first()
    ref = RecordRef("AE", event.pk, study.subject.number, study.subject.site_id, "grade")
    query = open_query(ref, text="Really 发热?", origin="person", by=cast.monitor.actor(), at=study.now)
    at = datetime.now(UTC)
    path, made = export(ExportFormat.PDF, participants=(study.subject.number,), at=at)
    assert path.suffix == ".pdf"
    text = text_of(path)
    assert "CANARY" not in text
    for key, values in everything_recorded().items():
        if key[0] == study.subject.number:
            for name, value in values.items():
                # A long text is broken over lines that other columns share; its beginning is enough to find it.
                printed = squeezed(at_site(value, study.subject.site))[:12]
                assert name.endswith("?") or printed in text, (key, name, value)
    assert "10⁹/L" in text
    assert "10*9/L" not in text
    assert squeezed("VS Day 7: the whole record") in text
    assert squeezed(f"{query.number}: AE {event.number} grade") in text
    assert {squeezed(signature.signer_name) in text for signature in Signature.objects.all()} == {True}
    assert query.number in text
    assert squeezed("Really 发热?") in text
    assert squeezed("Coordinator") in text or "coordinator" in text
    assert sum(made.manifest["records"].values()) == sum(
        k[0] == study.subject.number for k in everything_recorded()
    )
    check_bookmarks(path)
    (tmp_path / "again").mkdir()
    again, _made = export(
        ExportFormat.PDF, participants=(study.subject.number,), at=at, directory=tmp_path / "again"
    )
    assert path.read_bytes() == again.read_bytes()


def at_site(value: str, site: StudySite) -> str:
    if not INSTANT.fullmatch(value):
        return value
    return f"{datetime.fromisoformat(value).astimezone(site.tz):%Y-%m-%d %H:%M:%S}"


def check_bookmarks(path: Path) -> None:
    """One for each form and record, and for the appendices, in their order."""
    told = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", path], capture_output=True, check=True)
    marks = re.findall(r"<item page=\"\d+\">(.*?)</item>", told.stdout.decode())
    assert marks[0].startswith("SU [DM] Participant")
    assert "Day 7 · 第 7 天" in marks
    assert [mark for mark in marks if mark in APPENDICES] == APPENDICES


def test_several_participants_are_one_zip_and_the_same_bytes_again(study, export, tmp_path) -> None:
    path, _made = export(ExportFormat.PDF, forms=("SU", "CO"))
    (tmp_path / "again").mkdir()
    again, _made = export(ExportFormat.PDF, forms=("SU", "CO"), directory=tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()
    with ZipFile(path) as archive:
        assert set(archive.namelist()) == {
            f"{study.subject.number}.pdf",
            f"{study.elsewhere.number}.pdf",
            "manifest.json",
        }


def test_blank_and_annotated_hold_every_question_and_nobody(study, export) -> None:
    blank, _made = export(ExportFormat.PDF, casebook=Casebook.BLANK)
    annotated, _made = export(ExportFormat.PDF, casebook=Casebook.ANNOTATED)
    assert "CDASH" not in text_of(blank)
    for path in (blank, annotated):
        text = text_of(path)
        assert study.subject.number not in text
        assert "受试者" in text
    text = text_of(annotated)
    assert "CDASHTEMP_VSORRES" in text
    for dataset in readable_now(DATASETS):
        assert f"{dataset.form}.{dataset.columns[0].field.upper()}" in text


def test_it_is_refused_where_chinese_cannot_be_printed_or_nobody_named(
    study, export, monkeypatch, tmp_path
) -> None:
    with pytest.raises(Refused, match="cannot be de-identified"):
        export(ExportFormat.PDF, deidentified=True)
    monkeypatch.setattr(casebook_pdf, "families", lambda: {"DejaVu Sans"})
    with pytest.raises(Refused, match="Noto Sans CJK SC is not installed"):
        export(ExportFormat.PDF)
    assert list(tmp_path.iterdir()) == []
    assert not Export.objects.exists()
