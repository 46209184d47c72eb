"""SDTM tabulations: Dataset-JSON by a schema of the specification's required fields, Define-XML by its own schema."""

import json
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zipfile import ZipFile

import jsonschema
import pytest
from lxml import etree

from dosing.models import TimePoint
from enrollment.models import Subject
from outcomes.actions import set_reference_range
from outcomes.models import VitalSigns
from tests.exports.conftest import ODD_TEXTS
from tests.exports.dataset_json import SCHEMA
from tests.exports.reading import read_tabulations
from trial_site.core import protocol as protocols
from trial_site.exports.blinded import DATASETS
from trial_site.exports.dictionary import items
from trial_site.exports.models import ExportFormat
from trial_site.exports.sdtm.book import Form
from trial_site.exports.sdtm.design import DESIGN
from trial_site.exports.sdtm.domains import DOMAINS, UNBLINDED
from trial_site.exports.sdtm.events import COMPLETIONS, ENDINGS, OUTCOMES, WITHDRAWALS
from trial_site.exports.sdtm.findings import TIME_POINTS
from trial_site.exports.sdtm.mapping import epoch, study_day
from trial_site.exports.sdtm.special import years
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import RecordRef

pytestmark = pytest.mark.usefixtures("transactional_db")
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
EXPECTED = "DM SV EC PR SU AE CE DS MH LB MB RP RS VS SUPPAE SUPPDM"
JSON_TYPES = {"string": str, "integer": int, "float": (int, float)}


@pytest.fixture
def made(study, export) -> tuple[dict[str, Any], etree._Element, Any]:
    """Domain -> Dataset-JSON; Define-XML; the row of the export."""
    path, row = export(ExportFormat.DATASET_JSON)
    return (*read_tabulations(path), row)


def records(table: dict[str, Any]) -> list[dict[str, Any]]:
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


def test_every_file_is_valid_and_define_describes_it(made) -> None:
    tables, define, row = made
    assert set(tables) >= {*EXPECTED.split(), *DESIGN}
    assert set(tables) <= {*(domain.code for domain in DOMAINS), *DESIGN}
    for table in tables.values():
        jsonschema.validate(table, SCHEMA)
        check_values(table)
    define_schema().assertValid(define)
    check_define(tables, define)
    assert row.manifest["domains"] == {code: table["records"] for code, table in tables.items()}


def define_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(files("odmlib.schemas") / "define" / "2.1" / "define2-1-0.xsd")))


def check_values(table: dict[str, Any]) -> None:
    assert table["records"] == len(table["rows"])
    columns = table["columns"]
    for row in table["rows"]:
        assert len(row) == len(columns)
        for column, value in zip(columns, row, strict=True):
            assert value is None or isinstance(value, JSON_TYPES[column["dataType"]])
            if isinstance(value, str):
                assert 0 < len(value) <= column["length"]
    keys = sorted((c for c in columns if "keySequence" in c), key=lambda c: c["keySequence"])
    assert [c["keySequence"] for c in keys] == list(range(1, len(keys) + 1))
    names = {c["name"] for c in columns}
    if "USUBJID" in names and (f"{table['name']}SEQ" in names or table["name"] == "SV"):
        sequence = f"{table['name']}SEQ" if table["name"] != "SV" else "VISITNUM"
        numbered = [(record["USUBJID"], record[sequence]) for record in records(table)]
        assert len(set(numbered)) == len(numbered)


def check_define(tables: dict[str, Any], define: etree._Element) -> None:
    groups = {group.get("Name"): group for group in define.iter(f"{ODM}ItemGroupDef")}
    items = {item.get("OID"): item for item in define.iter(f"{ODM}ItemDef")}
    codes = {c.get("OID"): {i.get("CodedValue") for i in c} for c in define.iter(f"{ODM}CodeList")}
    assert groups.keys() == tables.keys()
    for code, table in tables.items():
        references = [reference.get("ItemOID") for reference in groups[code].iter(f"{ODM}ItemRef")]
        assert references == [column["itemOID"] for column in table["columns"]]
        assert (
            groups[code].find(f"{DEF}leaf").get("{http://www.w3.org/1999/xlink}href")
            == f"{code.lower()}.json"
        )
        for column in table["columns"]:
            definition = items[column["itemOID"]]
            assert definition.get("Name") == column["name"]
            listed = definition.find(f"{ODM}CodeListRef")
            if listed is not None:
                found = {record[column["name"]] for record in records(table)} - {None}
                assert found <= codes[listed.get("CodeListOID")]


def test_no_record_of_a_participant_names_an_arm(made, study) -> None:
    tables, _define, _row = made
    arms = {arm.code for arm in protocols.latest().arms} | {arm.name.en for arm in protocols.latest().arms}
    subject_level = [table for table in tables.values() if "USUBJID" in {c["name"] for c in table["columns"]}]
    assert "EX" not in tables
    for table in subject_level:
        assert not {c["name"] for c in table["columns"]} & {"ARM", "ARMCD", "ACTARM", "ACTARMCD"}
        assert not arms & {str(value) for row in table["rows"] for value in row}
    assert "CANARY" not in json.dumps(tables)


def test_values_are_those_of_the_forms(made, study) -> None:
    tables, _define, _row = made
    usubjid = f"NCT05741099-{study.subject.number}"
    assert {r["USUBJID"] for r in records(tables["DM"])} == {
        f"NCT05741099-{number}" for number in Subject.objects.values_list("number", flat=True)
    }
    (demographics,) = (r for r in records(tables["DM"]) if r["USUBJID"] == usubjid)
    screening = study.subject.screening
    assert demographics["BRTHDTC"] == screening.birth_date.isoformat()
    assert demographics["SEX"] == {"female": "F", "male": "M"}[screening.sex]
    assert 18 <= demographics["AGE"] <= 85
    assert demographics["RFSTDTC"] < demographics["RFENDTC"]
    terms = {r["AETERM"] for r in records(tables["AE"])}
    assert terms == set(ODD_TEXTS)
    taken = {(r["VISIT"], r["VSTESTCD"]): r["VSSTRESN"] for r in records(tables["VS"]) if r["VISIT"]}
    for signs in VitalSigns.objects.select_related("visit"):
        visit = protocols.latest().visit_by_code[signs.visit.code].name.en
        assert taken[visit, "OXYSAT"] == signs.spo2_percent
        assert taken[visit, "TEMP"] == float(signs.temperature_c)
    decoded = {r["DSDECOD"] for r in records(tables["DS"])}
    assert decoded >= {"INFORMED CONSENT OBTAINED", "RANDOMIZED"}
    points = {r["VSTPT"]: (r["VSTPTREF"], r["VSELTM"]) for r in records(tables["VS"]) if r["VSTPT"]}
    assert points["15 minutes after start"] == ("START OF INFUSION", "PT15M")
    assert points["1 hour after the end"] == ("END OF INFUSION", "PT1H")
    assert {r["MHTERM"] for r in records(tables["MH"])} >= {"COVID-19", "Diabetes"}
    assert [r["SUTRT"] for r in records(tables["SU"])] == ["CIGARETTES"]
    (number,) = (r["QVAL"] for r in records(tables["SUPPDM"]) if r["QNAM"] == "RANDNO")
    assert number == study.subject.randomization.number
    assert all(r["AESPID"] for r in records(tables["AE"]))
    check_days(tables, demographics["RFSTDTC"][:10])


def check_days(tables: dict[str, Any], start: str) -> None:
    """Every dated record of the infused participant has its study day, counted without a day 0."""
    checked = 0
    for table in tables.values():
        for record in records(table):
            for name, day in record.items():
                when = record.get(f"{name.removesuffix('DY')}DTC") if name.endswith("DY") else None
                if when and name != "VISITDY":
                    days = (date.fromisoformat(when[:10]) - date.fromisoformat(start)).days
                    assert day == (days + 1 if days >= 0 else days), (name, record)
                    checked += 1
    assert checked > 100
    assert {r["SVSTDY"] - r["VISITDY"] for r in records(tables["SV"]) if r["VISITDY"]} <= {-1, 0, 1}


def test_deviations_ranges_and_questionnaires(study, export, cast) -> None:
    ref = RecordRef("SU", study.subject.pk, study.subject.number, study.subject.site_id)
    on = study.subject.site.date_of(study.now)
    raised = raise_deviation(
        ref, kind="dosing", grade="major", text="超时", occurred_on=on, by=cast.monitor.actor(), at=study.now
    )
    reference = {
        "field": "crp_mg_l",
        "sex": "",
        "age_from": 0,
        "age_to": 150,
        "low": None,
        "high": Decimal("0.1"),
    }
    set_reference_range(study.subject.site, values=reference, by=cast.coordinator.actor())
    tables, _define = read_tabulations(export(ExportFormat.DATASET_JSON)[0])
    (told,) = (r for r in records(tables["DV"]) if r["DVSPID"] == raised.number)
    assert (told["DVTERM"], told["DVDECOD"], told["DVCAT"]) == ("超时", "DOSING", "MAJOR")
    assert told["DVSTDY"] > 0
    protein = [r for r in records(tables["LB"]) if r["LBTESTCD"] == "CRP" and r["LBSTRESN"]]
    assert {(r["LBNRIND"], r["LBSTNRHI"], r["LBSTNRLO"]) for r in protein} == {("HIGH", 0.1, None)}
    assert not [r for r in records(tables["LB"]) if r["LBTESTCD"] != "CRP" and r["LBNRIND"]]
    tables, _define = read_tabulations(export(ExportFormat.DATASET_JSON, deidentified=True)[0])
    (told,) = (r for r in records(tables["DV"]) if r["DVSPID"] == raised.number)
    assert told["DVTERM"] == "DOSING"
    assert told["DVSTDTC"] < on.isoformat()
    assert "DV" not in read_tabulations(export(ExportFormat.DATASET_JSON, visits=("D7",))[0])[0]


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("2026-03-02", 1),
        ("2026-03-02T23:59:00+08:00", 1),
        ("2026-03-01", -1),
        ("2026-03-03T00:00:00+08:00", 2),
        ("2026-03", None),
        (None, None),
    ],
)
def test_study_days_have_no_zero(when, day) -> None:
    assert study_day(when, "2026-03-02T00:30:00+08:00") == day
    assert study_day(when, None) is None


def test_part_of_the_forms_gives_part_of_the_domains(study, export) -> None:
    path, _made = export(ExportFormat.DATASET_JSON, forms=("AE",))
    with ZipFile(path) as archive:
        names = set(archive.namelist())
    assert names == {f"{code}.json" for code in ("ta", "te", "tv", "ti", "ts", "ae", "suppae")} | {
        "define.xml",
        "manifest.json",
    }


def test_the_same_data_give_the_same_bytes(study, export, tmp_path) -> None:
    (tmp_path / "again").mkdir()
    path, _made = export(ExportFormat.DATASET_JSON)
    again, _made = export(ExportFormat.DATASET_JSON, directory=tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()


def test_what_the_mapping_names_is_what_the_forms_have() -> None:
    """A field that is renamed, or a code that is added, shows here and not in a submission."""
    forms = {dataset.form: dataset for dataset in DATASETS}
    named = (
        ("AE", "outcome", OUTCOMES),
        ("WD", "kind", WITHDRAWALS),
        ("EN", "kind", ENDINGS),
        ("EO", "reason", COMPLETIONS),
    )
    assert set(TIME_POINTS) == set(TimePoint.values)
    for form, field, known in named:
        choices = forms[form].model._meta.get_field(field).flatchoices
        assert {code for code, _label in choices} == set(known)
    for domain in DOMAINS:
        assert set(domain.forms) <= set(forms)
        assert len({v.name for v in domain.variables}) == len(domain.variables)
        assert all(len(v.name) <= 8 and len(v.label) <= 40 for v in domain.variables)
        assert set(domain.keys) <= {v.name for v in domain.variables}


def test_every_result_that_a_form_declares_is_in_a_domain_that_lists_the_form() -> None:
    listed = {(domain.code, form) for domain in DOMAINS for form in domain.forms}
    declared = set()
    for dataset in DATASETS:
        form = Form.of(dataset, items(dataset))
        for domain in ("VS", "LB", "MB", "RS", "IS", "FT", "RE", "EG", "QS", "DD"):
            if any(form.test(name, domain) for name in form.variables):
                declared.add((domain, dataset.form))
    assert declared - listed == set()


@pytest.mark.parametrize(
    ("born", "until", "age"),
    [
        ("1960-03-02", "2026-03-01T00:00:00Z", 65),
        ("1960-03-01", "2026-03-01", 66),
        (None, "2026-03-01", None),
    ],
)
def test_age_is_in_completed_years(born, until, age) -> None:
    assert years(born, until) == age


EVENTS = next(domain for domain in DOMAINS if domain.code == "AE")
STARTED, STOPPED = "2026-02-10T10:00:00+08:00", "2026-02-10T10:45:00+08:00"


@pytest.mark.parametrize(
    ("began", "said"),
    [
        ("2026-02-09", "SCREENING"),
        ("2026-02-10T09:59", "SCREENING"),
        ("2026-02-10", None),
        (STARTED, "TREATMENT"),
        (STOPPED, "TREATMENT"),
        ("2026-02-10T10:46", "FOLLOW-UP"),
        ("2026-02-11", "FOLLOW-UP"),
        ("2026-02", None),
        (None, None),
    ],
)
def test_the_epoch_is_that_of_the_start_and_a_date_alone_does_not_say_it_on_the_day(began, said) -> None:
    assert epoch(EVENTS, {"AESTDTC": began}, STARTED, STOPPED).get("EPOCH") == said


def test_without_an_infusion_all_is_screening_and_an_unfinished_one_is_treatment() -> None:
    event = {"AESTDTC": "2026-02-12"}
    assert epoch(EVENTS, event, None, None) == {"EPOCH": "SCREENING"}
    assert epoch(EVENTS, event, STARTED, None) == {"EPOCH": "TREATMENT"}


def test_every_record_with_a_time_of_its_own_has_an_epoch() -> None:
    special = {"SV", "MH", "SE", "DA", "DD", "IE"}
    for each in UNBLINDED:
        names = {variable.name for variable in each.variables}
        timed = names & {f"{each.code}DTC", f"{each.code}STDTC"} and not each.is_reference
        assert bool(timed and each.code not in special) == (
            "EPOCH" in names and each.code not in {"TA", "SE"}
        ), each.code
