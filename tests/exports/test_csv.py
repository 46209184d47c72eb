"""The CSV export, read back as a statistician would."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from tests.exports.conftest import ODD_TEXTS
from tests.exports.reading import everything_recorded, read_csv
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused
from trial_site.exports.blinded import DATASETS, readable_now
from trial_site.exports.manifest import written
from trial_site.exports.models import Export, ExportFormat
from trial_site.monitoring.models import Signature

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_every_value_is_found_again_and_described(study, export) -> None:
    path, made = export(ExportFormat.CSV)
    recorded = everything_recorded()
    assert read_csv(path) == recorded
    forms_with_data = {form for _subject, form, _visit, _repeat in recorded}
    assert forms_with_data >= {"SU", "CO", "SC", "EL", "RA", "OR", "IN", "IV", "VI", "VS", "CP", "LB", "AE"}
    with ZipFile(path) as archive:
        check_dictionary(archive)
        check_labels(archive)
        check_formulas(archive)
        check_manifest(archive, made)


def check_dictionary(archive: ZipFile) -> None:
    described = table(archive, "data-dictionary.csv")
    known = {(row["CODELIST"], row["CODE"]) for row in table(archive, "codelists.csv")}
    for dataset in readable_now(DATASETS):
        columns = [row for row in described if row["FORM"] == dataset.form]
        rows = table(archive, next(n for n in archive.namelist() if n.startswith(f"{dataset.form}_")))
        coded = {row["VARIABLE"]: row["CODELIST"] for row in columns if row["CODELIST"]}
        for row in rows:
            assert list(row) == [column["VARIABLE"] for column in columns]
            assert all((coded[name], row[name]) in known for name in coded if row[name])


def check_labels(archive: ZipFile) -> None:
    """The labelled variant says what each code of the coded one means, and changes nothing else."""
    meaning = {(row["CODELIST"], row["CODE"]): row["LABEL"] for row in table(archive, "codelists.csv")}
    described = table(archive, "data-dictionary.csv")
    for name in archive.namelist():
        if name.startswith("labelled/"):
            coded_name = name.removeprefix("labelled/")
            form = coded_name.split("_")[0]
            lists = {row["VARIABLE"]: row["CODELIST"] for row in described if row["FORM"] == form}
            coded, labelled = table(archive, coded_name), table(archive, name)
            assert labelled == [
                {k: meaning[lists[k], v] if lists[k] and v else v for k, v in row.items()} for row in coded
            ]
    assert {row["GRADE"][0] for row in table(archive, "labelled/AE_adverse_event.csv")} == {"2"}


def check_formulas(archive: ZipFile) -> None:
    terms = [row["TERM"] for row in table(archive, "AE_adverse_event.csv")]
    assert not [term for term in terms if term[0] in "=+-@\t\r\n＝＋－＠"]
    assert terms.count("'" + ODD_TEXTS[0]) == terms.count("'" + ODD_TEXTS[1]) == 1


def check_manifest(archive: ZipFile, made: Export) -> None:
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest == made.manifest
    for file in manifest["files"]:
        assert hashlib.sha256(archive.read(file["name"])).hexdigest() == file["sha256"]
    assert {file["name"] for file in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
    assert {"form": "VS", "field": "missing", "reason": "given beside each value"} in manifest["withheld"]
    assert (manifest["sites"], manifest["records"]["RA"]) == (["01", "02"], 1)


def test_the_same_data_give_the_same_bytes_and_each_export_is_in_the_audit_trail(
    study, export, cast, tmp_path
) -> None:
    monitor = cast.monitor.actor()
    (tmp_path / "again").mkdir()
    path, made = export(ExportFormat.CSV, by=monitor)
    again, _made = export(ExportFormat.CSV, by=monitor, directory=tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()
    assert path.name == "NCT05741099_csv_20260301T083000Z.zip"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.sha256
    event = Event.objects.filter(table="exports_export", record_id=made.pk).get()
    assert (event.actor, event.role, event.new["sha256"]) == (monitor.name, "monitor", made.sha256)


def test_nobody_gets_what_is_not_theirs(study, export, cast) -> None:
    here = cast.data_manager.actor()
    here = type(here)(here.id, here.name, here.role, cast.site, frozenset({("export", cast.site.pk)}))
    path, made = export(ExportFormat.CSV, by=here, forms=("SU", "AE"))
    assert {subject for subject, *_rest in read_csv(path)} == {study.subject.number}
    assert study.elsewhere.number.encode() not in b"".join(
        ZipFile(path).read(n) for n in ZipFile(path).namelist()
    )
    assert (made.sites, made.forms) == (["01"], ["SU", "AE"])
    with pytest.raises(Refused, match="no participant"):
        export(ExportFormat.CSV, by=here, participants=(study.elsewhere.number,))
    with pytest.raises(Refused, match="no study site 02"):
        export(ExportFormat.CSV, by=here, sites=("01", "02"))
    with pytest.raises(Refused, match="no form XX"):
        export(ExportFormat.CSV, by=here, forms=("XX",))
    with pytest.raises(NotAllowed):
        export(ExportFormat.CSV, by=cast.coordinator.actor())
    assert Export.objects.count() == 1


def table(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def test_signatures_are_in_the_archive_but_in_no_deidentified_one(study, export) -> None:
    signed = {(one.subject, one.form, one.content_sha256): one for one in Signature.objects.all()}
    assert {one.meaning for one in signed.values()} >= {"eligible", "order"}
    with ZipFile(export(ExportFormat.CSV)[0]) as archive:
        rows = table(archive, "signatures.csv")
        orders = table(archive, "OR_pre_dose_re_check_and_order.csv")
    assert {(row["SUBJECT"], row["FORM"], row["SHA256"]) for row in rows} == set(signed)
    for row in rows:
        one = signed[row["SUBJECT"], row["FORM"], row["SHA256"]]
        assert (row["SIGNED_BY"], row["MEANING"], row["COVERS"]) == (one.signer_name, one.meaning, one.scope)
        assert datetime.fromisoformat(row["SIGNED_AT"]) == one.signed_at
    keys = ("SUBJECT", "VISIT", "VISIT_REPEAT", "REPEAT")
    places = {tuple(row.get(key, "") for key in keys) for row in orders}
    assert {tuple(row[key] for key in keys) for row in rows if row["FORM"] == "OR"} <= places
    with ZipFile(export(ExportFormat.CSV, deidentified=True)[0]) as archive:
        assert table(archive, "signatures.csv") == []
    first = min(one.signed_at for one in signed.values())
    with ZipFile(export(ExportFormat.CSV, as_of=first, at=datetime.now(UTC))[0]) as archive:
        assert {row["SIGNED_AT"] for row in table(archive, "signatures.csv")} <= {written(first)}
