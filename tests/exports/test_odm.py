"""The ODM Snapshot: valid by the schema, readable by another program, and holding every value."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest
from lxml import etree
from odmlib.oid_generator import create_oid_checker

from outcomes.actions import record_adverse_event
from outcomes.models import AdverseEvent, VitalSigns
from tests.actions.test_verification import change
from tests.exports.conftest import adverse_event
from tests.exports.reading import everything_recorded, load_odm, read_odm
from trial_site.core.errors import Refused
from trial_site.exports.models import Export, ExportFormat
from trial_site.monitoring.actions import sign_reviewed
from trial_site.monitoring.models import Scope
from trial_site.monitoring.selectors import ref_of
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.usefixtures("transactional_db")
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


def test_every_value_is_found_again_in_a_valid_file(study, export, tmp_path) -> None:
    at = datetime.now(UTC)
    path, made = export(ExportFormat.ODM_SNAPSHOT, at=at)
    schema().assertValid(document := etree.parse(path))
    odm = load_odm(path)
    recorded = everything_recorded()
    assert read_odm(odm) == recorded
    assert odm.verify_order()
    odm.verify_oids(checker := create_oid_checker("odm_1_3_2"))
    assert checker.check_oid_refs()
    assert check_file(path).kept == []
    check_metadata(document)
    assert sum(made.manifest["records"].values()) == len(recorded)
    (tmp_path / "again").mkdir()
    again, _made = export(ExportFormat.ODM_SNAPSHOT, at=at, directory=tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()


def test_a_signature_stands_at_what_it_covers_until_that_changes(study, export, cast) -> None:
    """Record, visit and participant; what changed since is signed no more, and says so by saying nothing."""
    signs = VitalSigns.objects.get(subject=study.subject, visit__code="D7")
    event = AdverseEvent.objects.filter(subject=study.subject).first()
    for scope, ref in (
        (Scope.RECORD, ref_of("VS", signs)),
        (Scope.RECORD, ref_of("AE", event)),
        (Scope.VISIT, ref_of("VI", signs.visit)),
        (Scope.PARTICIPANT, ref_of("SU", study.subject)),
    ):
        given = {"password": cast.password, "by": cast.investigator.actor(), "at": study.now}
        sign_reviewed(ref, scope=scope, **given)
    assert reviewed(export(ExportFormat.ODM_SNAPSHOT, at=datetime.now(UTC))[0]) == [
        ("FormData", "F.AE"),
        ("FormData", "F.VS"),
        ("StudyEventData", "SE.D7"),
        ("SubjectData", study.subject.number),
    ]
    change(VitalSigns, signs.pk, heart_rate=61, reason="Typing error.", by=cast.assessor.actor())
    path, _made = export(ExportFormat.ODM_SNAPSHOT, at=datetime.now(UTC))
    assert reviewed(path) == [("FormData", "F.AE")]
    schema().assertValid(etree.parse(path))
    assert check_file(path).kept == []
    assert reviewed(export(ExportFormat.ODM_SNAPSHOT, deidentified=True)[0]) == []


def reviewed(path) -> list[tuple[str, str]]:
    """Where the signatures of reviewers stand."""
    found = [
        one.getparent()
        for one in etree.parse(path).iter(f"{ODM}Signature")
        if one.find(f"{ODM}SignatureRef").get("SignatureOID") == "SD.reviewed"
    ]
    keys = ("FormOID", "StudyEventOID", "SubjectKey")
    named = [(e.tag.removeprefix(ODM), next(e.get(k) for k in keys if e.get(k))) for e in found]
    return sorted(named)


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(files("odmlib.schemas") / "odm" / "1.3.2" / "ODM1-3-2.xsd")))


def check_metadata(document: etree._ElementTree) -> None:
    allowed = {
        event.get("OID"): {ref.get("FormOID") for ref in event.findall(f"{ODM}FormRef")}
        for event in document.iter(f"{ODM}StudyEventDef")
    }
    for form in document.iter(f"{ODM}FormData"):
        assert form.get("FormOID") in allowed[form.getparent().get("StudyEventOID")]
    spo2 = document.find(f".//{ODM}ItemDef[@OID='I.VS.SPO2_PERCENT']")
    assert (spo2.get("DataType"), spo2.find(f"{ODM}Alias").get("Name")) == ("integer", "OXYSAT_VSORRES")
    assert spo2.find(f"{ODM}Alias[@Context='SDTM']").get("Name") == "VS.VSORRES where VSTESTCD = OXYSAT"
    (flow,) = document.iterfind(f".//{ODM}ItemRef[@ItemOID='I.VS.OXYGEN_FLOW_L_MIN']")
    oid = flow.get("CollectionExceptionConditionOID")
    said = document.findall(f".//{ODM}ConditionDef[@OID='{oid}']//{ODM}TranslatedText")
    assert said[0].text.startswith("Not collected when “oxygen support” is: ")
    assert len(said) == 2
    bounds = {c.get("Comparator"): c.findtext(f"{ODM}CheckValue") for c in spo2.findall(f"{ODM}RangeCheck")}
    assert bounds["LE"] == "100"
    day7 = document.find(f".//{ODM}StudyEventDef[@OID='SE.D7']//{ODM}TranslatedText[2]")
    assert day7.text == "第 7 天"


def test_a_character_that_xml_cannot_carry_is_refused_and_leaves_nothing(
    study, export, cast, tmp_path
) -> None:
    bad = adverse_event("fever\x0b and chills", on=study.subject.site.date_of(study.now))
    record_adverse_event(study.subject, values=bad, by=cast.coordinator.actor(study.now), at=study.now)
    with pytest.raises(Refused, match=rf"{study.subject.number}, form AE, term .*U\+000B"):
        export(ExportFormat.ODM_SNAPSHOT)
    assert list(tmp_path.iterdir()) == []
    assert not Export.objects.exists()
    export(ExportFormat.CSV)


def test_one_participant(study, export) -> None:
    path, _made = export(ExportFormat.ODM_SNAPSHOT, participants=(study.elsewhere.number,), forms=("SU",))
    document = etree.parse(path)
    assert document.getroot().get("Granularity") == "SingleSubject"
    assert [s.get("SubjectKey") for s in document.iter(f"{ODM}SubjectData")] == [study.elsewhere.number]
