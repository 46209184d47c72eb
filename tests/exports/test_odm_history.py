"""The Transactional file: the whole history, valid by schema and specification, and true to the audit trail."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from lxml import etree

from outcomes.actions import amend_adverse_event
from outcomes.models import AdverseEvent
from tests.exports.conftest import adverse_event
from tests.exports.reading import everything_recorded, fold, load_odm, read_csv
from tests.exports.test_odm import ODM, schema
from trial_site.audit.models import Event
from trial_site.core.errors import Refused
from trial_site.exports.blinded import DATASETS, readable_now
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Only
from trial_site.monitoring.actions import answer_query, open_query, sign_reviewed
from trial_site.monitoring.models import QueryMessage, RecordRef, Scope, Signature
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def told(study, export, cast):
    """An adverse event corrected, emptied with a reason and asked about; then the export."""
    event = AdverseEvent.objects.order_by("number").first()
    values = adverse_event("fever", on=event.started_on)
    for changed, reason in (
        ({"term": "fever", "grade": 3}, "transcription error"),
        ({"ended_on": event.started_on, "missing": {}}, "end seen in the chart"),
        ({"ended_on": None, "missing": {"ended_on": "ND"}}, "wrong chart < of another & person"),
    ):
        event.refresh_from_db()
        values = values | changed
        amend_adverse_event(
            event,
            values=values,
            version=event.version,
            reason=reason,
            by=cast.coordinator.actor(study.now),
            at=study.now,
        )
    ref = RecordRef("AE", event.pk, study.subject.number, study.subject.site_id, "grade")
    query = open_query(
        ref, text="Grade 3 <really>?\nSee “CTCAE”.", origin="person", by=cast.monitor.actor(), at=study.now
    )
    answer_query(query, text="是", by=cast.coordinator.actor(study.now), at=study.now)
    whole = RecordRef("AE", event.pk, study.subject.number, study.subject.site_id)
    open_query(whole, text="Was it serious?", origin="person", by=cast.monitor.actor(), at=study.now)
    path, made = export(ExportFormat.ODM_TRANSACTIONAL, at=datetime.now(UTC))
    return path, made


def test_it_is_valid_and_folds_to_the_present(told) -> None:
    path, made = told
    schema().assertValid(document := etree.parse(path))
    assert check_file(path).kept == []
    odm = load_odm(path)
    assert odm.verify_order()
    assert (odm.Archival, odm.FileType) == ("Yes", "Transactional")
    recorded = everything_recorded()
    assert fold(document) == recorded
    assert sum(made.manifest["records"].values()) == len(recorded)


def test_it_says_who_when_and_why_as_the_audit_trail_does(told, study) -> None:
    document = etree.parse(told[0])
    records = list(document.iter(f"{ODM}AuditRecord"))
    by_source = {(f"{e.table} {e.record_id}", e.at): e for e in Event.objects.all()}
    names = {
        user.get("OID"): user.findtext(f"{ODM}FullName") or user.findtext(f"{ODM}LoginName")
        for user in document.iter(f"{ODM}User")
    }
    for record in records:
        event = by_source[source_of(record)]
        assert names[record.find(f"{ODM}UserRef").get("UserOID")] == event.actor
        assert (record.findtext(f"{ODM}ReasonForChange") or "") == event.reason
    # Every row of the history of these forms is there: no row may be left out, but for those that only count.
    told_rows = {by_source[source_of(record)].pk for record in records}
    tables = [dataset.model._meta.db_table for dataset in readable_now(DATASETS)]
    silent = [e for e in Event.objects.all() if e.table in tables and e.pk not in told_rows]
    exported = {dataset.model._meta.db_table: {c.field for c in dataset.columns} for dataset in DATASETS}
    assert not [event for event in silent if exported[event.table] & set(event.new or {})]
    # Every user works somewhere.
    assert all(user.find(f"{ODM}LocationRef") is not None for user in document.iter(f"{ODM}User"))


def source_of(record: etree._Element) -> tuple[str, datetime]:
    return record.findtext(f"{ODM}SourceID"), datetime.fromisoformat(record.findtext(f"{ODM}DateTimeStamp"))


def test_queries_are_annotations_and_signatures_stand_after_what_they_sign(told) -> None:
    document = etree.parse(told[0])
    said = [comment.text for comment in document.iter(f"{ODM}Comment")]
    expected = {f"{m.query.number}: {m.text}" for m in QueryMessage.objects.select_related("query")}
    assert set(said) == expected
    assert any("Grade 3 <really>?\nSee “CTCAE”." in text for text in said)
    sides = Counter(comment.get("SponsorOrSite") for comment in document.iter(f"{ODM}Comment"))
    assert sides["Sponsor"] >= 2
    signatures = list(document.iter(f"{ODM}Signature"))
    assert len(signatures) == Signature.objects.count() > 0
    meanings = {s.get("OID"): s.findtext(f"{ODM}Meaning") for s in document.iter(f"{ODM}SignatureDef")}
    assert all(meanings[s.find(f"{ODM}SignatureRef").get("SignatureOID")] for s in signatures)


def test_a_signature_stands_at_what_it_covers(study, export, cast) -> None:
    visit = study.subject.visits.get(code="D7")
    here = study.subject.number, study.subject.site_id
    for scope, ref in (
        (Scope.VISIT, RecordRef("VI", visit.pk, *here)),
        (Scope.PARTICIPANT, RecordRef("SU", study.subject.pk, *here)),
    ):
        by, at = cast.investigator.actor(), datetime.now(UTC)
        sign_reviewed(ref, scope=scope, password=cast.password, by=by, at=at)
    path, _made = export(ExportFormat.ODM_TRANSACTIONAL, at=datetime.now(UTC))
    assert check_file(path).kept == []
    schema().assertValid(document := etree.parse(path))
    signed = [s.getparent() for s in document.iter(f"{ODM}Signature")][-2:]
    assert [(e.tag.removeprefix(ODM), e.get("StudyEventOID")) for e in signed] == [
        ("StudyEventData", "SE.D7"),
        ("SubjectData", None),
    ]
    # The participant's signature makes every record a signed one; another site has none.
    path, _made = export(ExportFormat.CSV, only=Only.SIGNED)
    assert read_csv(path) == {k: v for k, v in everything_recorded().items() if k[0] == study.subject.number}


def test_part_of_the_forms_makes_no_claim_of_completeness(study, export) -> None:
    path, _made = export(ExportFormat.ODM_TRANSACTIONAL, forms=("AE", "VS"), at=datetime.now(UTC))
    assert check_file(path).kept == []
    root = etree.parse(path).getroot()
    assert root.get("Archival") is None
    assert {f.get("FormOID") for f in root.iter(f"{ODM}FormData")} == {"F.AE", "F.VS"}


def test_the_same_history_gives_the_same_bytes(study, export, tmp_path) -> None:
    (tmp_path / "again").mkdir()
    at = datetime.now(UTC)
    path, _made = export(ExportFormat.ODM_TRANSACTIONAL, at=at)
    again, _made = export(ExportFormat.ODM_TRANSACTIONAL, at=at, directory=tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()


def test_another_site_is_not_in_it(study, export, cast) -> None:
    here = cast.data_manager.actor()
    here = type(here)(here.id, here.name, here.role, cast.site, frozenset({("export", cast.site.pk)}))
    path, _made = export(ExportFormat.ODM_TRANSACTIONAL, by=here, at=datetime.now(UTC))
    text = path.read_text()
    assert study.subject.number in text
    assert study.elsewhere.number not in text
    assert cast.outsider.email not in text
    assert check_file(path).kept == []


def test_a_reason_that_xml_cannot_carry_is_refused(study, export, cast) -> None:
    event = AdverseEvent.objects.order_by("number").first()
    values = adverse_event("fever", on=event.started_on)
    amend_adverse_event(
        event,
        values=values,
        version=event.version,
        reason="typo\x0b",
        by=cast.coordinator.actor(study.now),
        at=study.now,
    )
    with pytest.raises(Refused, match=rf"{study.subject.number}, form AE, reason .*U\+000B"):
        export(ExportFormat.ODM_TRANSACTIONAL, at=datetime.now(UTC))
