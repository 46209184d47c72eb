"""The unblinded export: after the lock and by two people it holds every arm; before, or to others, it is refused.

Nobody learns an arm from what is kept of it, and no other export changes.
"""

import csv
import hashlib
import io
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from dosing.models import Infusion
from randomization.models import StudyAccess
from tests.actions.test_code_break import arm_of
from tests.actions.test_study_unblinding import MAY, unblinded, unlocked
from tests.cast import ARMS, LOGINS
from tests.exports.reading import everything_recorded, load_odm, read_csv, read_odm, read_tabulations
from tests.exports.test_odm import ODM, schema
from tests.exports.test_tabulations import check_define, check_values, define_schema, records
from trial_site.audit.models import Event
from trial_site.core import protocol as protocols
from trial_site.core.errors import NotAllowed, Refused
from trial_site.exports import actions
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.unblinded import FORMATS
from trial_site.monitoring.actions import place_lock
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.usefixtures("transactional_db")
PAGE = "/exports/unblinded/"


@pytest.fixture
def locked(study, cast):
    place_lock(None, by=cast.data_manager.actor(study.now), at=study.now)
    return study


@pytest.fixture
def open_study(locked, cast):
    unblinded(cast, locked.now)
    return locked


@pytest.fixture
def unblind(cast, tmp_path):
    """Makes an unblinded export and gives its path and its row."""

    def make(
        format: ExportFormat, *, who="statistician", deidentified=False, directory=tmp_path, **changes
    ) -> tuple[Path, Export]:
        by, at = getattr(cast, who).actor(), timezone.now()
        asked = {"why": "The analysis of the protocol", "deidentified": deidentified} | changes
        made = actions.make_unblinded_export(format=format, by=by, at=at, directory=directory, **asked)
        return directory / made.file_name, made

    return make


def test_csv_holds_the_arm_of_each_and_what_each_bag_was_filled_with(
    open_study, unblind, owner, cast
) -> None:
    subject, arm = open_study.subject, arm_of(owner, open_study.subject)
    path, made = unblind(ExportFormat.CSV)
    assert read_csv(path) == everything_recorded()
    with ZipFile(path) as archive:
        (who,), (bag,) = table(archive, "unblinded_arms.csv"), table(archive, "unblinded_bags.csv")
        manifest = json.loads(archive.read("manifest.json"))
        codes = {(row["CODELIST"], row["CODE"]) for row in table(archive, "codelists.csv")}
        dictionary = table(archive, "data-dictionary.csv")
    assert (who["SUBJECT"], who["RANDOMIZATION_NUMBER"]) == (subject.number, subject.randomization.number)
    assert who["ARMCD"] == bag["ARMCD"] == arm
    assert (bag["LOT"], bag["VOLUME_ML"]) == (f"LOT-{arm}", "100.0")
    assert {
        row["VARIABLE"] for row in dictionary if row["FORM"].startswith("unblinded")
    } == who.keys() | bag.keys()
    assert ("ARM", arm) in codes
    assert (manifest["blinded"], manifest["why"]) == (False, "The analysis of the protocol")
    assert manifest["unblinded_by"] == [cast.principal.staff.full_name, cast.statistician.staff.full_name]
    assert manifest["access_record"] == made.access_id == StudyAccess.objects.get().pk
    assert made.file_name.startswith("NCT05741099_csv-unblinded_")


def table(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def test_tabulations_have_arm_columns_and_exposure(open_study, unblind, owner) -> None:
    arm = arm_of(owner, open_study.subject)
    path, _made = unblind(ExportFormat.DATASET_JSON)
    tables, define = read_tabulations(path)
    for each in tables.values():
        check_values(each)
    define_schema().assertValid(define)
    check_define(tables, define)
    people = {record["SUBJID"]: record for record in records(tables["DM"])}
    treated, elsewhere = people[open_study.subject.number], people[open_study.elsewhere.number]
    assert (treated["ARMCD"], treated["ACTARMCD"], treated["ARMNRS"]) == (arm, arm, None)
    assert (elsewhere["ARMCD"], elsewhere["ACTARMCD"], elsewhere["ARMNRS"]) == (None, None, "NOT ASSIGNED")
    (exposure,) = records(tables["EX"])
    assert (exposure["EXTRT"], exposure["EXLOT"]) == (arm, f"LOT-{arm}")
    assert exposure["EXSTDTC"] == treated["RFSTDTC"]
    assert exposure["EXSTDY"] == 1
    assert [r["DATESTCD"] for r in records(tables["DA"])] == ["DISPAMT", "RETAMT"]
    assert [r["ETCD"] for r in records(tables["SE"])][:3] == ["SCRN", arm[:8], "FU"]
    assert {r["QNAM"] for r in records(tables["SUPPEX"])} == {"CELLS", "VIABIL"}


def test_odm_flags_each_participant_with_the_arm(open_study, unblind, owner) -> None:
    path, _made = unblind(ExportFormat.ODM_SNAPSHOT)
    schema().assertValid(document := etree.parse(path))
    assert check_file(path).kept == []
    assert read_odm(load_odm(path)) == everything_recorded()
    (flag,) = document.findall(f".//{ODM}SubjectData/{ODM}Annotation/{ODM}Flag")
    assert flag.findtext(f"{ODM}FlagValue") == arm_of(owner, open_study.subject)
    assert flag.getparent().getparent().get("SubjectKey") == open_study.subject.number


def test_deidentified_it_names_nobody(open_study, unblind, owner) -> None:
    path, _made = unblind(ExportFormat.CSV, deidentified=True)
    with ZipFile(path) as archive:
        assert table(archive, "unblinded_arms.csv")[0]["ARMCD"] == arm_of(owner, open_study.subject)
        assert "TERM" not in table(archive, "AE_adverse_event.csv")[0]
        (bag,), (infusion,) = table(archive, "unblinded_bags.csv"), table(archive, "IN_infusion.csv")
    handed_over, started = bag["HANDED_OVER_AT"], infusion["STARTED_AT"]
    assert handed_over[:10] == started[:10] < Infusion.objects.get().started_at.date().isoformat()


@pytest.mark.parametrize("format", FORMATS)
def test_not_before_lock_and_unblinding_nor_after_an_unlock(study, unblind, cast, tmp_path, format) -> None:
    with pytest.raises(Refused, match="not unblinded"):
        unblind(format)
    place_lock(None, by=cast.data_manager.actor(study.now), at=study.now)
    with pytest.raises(Refused, match="not unblinded"):
        unblind(format)
    unblinded(cast, study.now)
    unblind(format)
    looks = StudyAccess.objects.count()
    unlocked(cast, study.now)
    with pytest.raises(Refused, match="not unblinded"):
        unblind(format)
    assert (StudyAccess.objects.count(), Export.objects.count(), len(list(tmp_path.iterdir()))) == (
        looks,
        1,
        1,
    )


def test_an_unlock_while_it_is_written_leaves_nothing(
    open_study, unblind, cast, monkeypatch, tmp_path
) -> None:
    told = actions.disclosed

    def then_unlocked(*args, **kwargs):
        found = told(*args, **kwargs)
        unlocked(cast, open_study.now)
        return found

    monkeypatch.setattr(actions, "disclosed", then_unlocked)
    with pytest.raises(Refused, match="not locked"):
        unblind(ExportFormat.CSV)
    assert list(tmp_path.iterdir()) == []
    assert StudyAccess.objects.count() == 1


def test_nobody_else_gets_one_and_no_look_goes_unexplained(open_study, unblind, cast, tmp_path) -> None:
    for who in LOGINS.keys() - MAY:
        with pytest.raises(NotAllowed):
            unblind(ExportFormat.CSV, who=who)
    with pytest.raises(Refused) as refusal:
        unblind(ExportFormat.CSV, why=" ")
    assert "why" in refusal.value.fields
    for format in set(ExportFormat) - set(FORMATS):
        with pytest.raises(Refused):
            unblind(format)
    assert list(tmp_path.iterdir()) == []
    assert not StudyAccess.objects.exists()


def test_what_is_kept_of_it_tells_no_arm(open_study, unblind, export, cast, tmp_path) -> None:
    """No arm, and no hash that whoever knows all but the arms could try every allocation on."""
    path, made = unblind(ExportFormat.CSV)
    (tmp_path / "again").mkdir()
    again, _made = unblind(ExportFormat.CSV, directory=tmp_path / "again")
    with ZipFile(path) as one, ZipFile(again) as two:
        hashes = [file["sha256"] for file in json.loads(one.read("manifest.json"))["files"]]
        salts = {json.loads(each.read("manifest.json"))["salt"] for each in (one, two)}
        names = set(one.namelist()) - {"manifest.json"}
        assert {name: one.read(name) for name in names} == {name: two.read(name) for name in names}
    assert len(salts) == 2
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    kept = json.dumps([event.new for event in Event.objects.all()], default=str) + json.dumps(made.manifest)
    assert not [secret for secret in (*ARMS, *hashes, *salts) if secret in kept]
    path, _made = export(ExportFormat.CSV, by=cast.statistician.actor(), at=timezone.now())
    with ZipFile(path) as archive:
        assert not [
            n for n in archive.namelist() if n.startswith("unblinded") or b"CANARY" in archive.read(n)
        ]


def test_the_page_hands_it_out_in_answer_to_a_post_only(locked, cast, settings, owner) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    client = Client()
    client.force_login(cast.statistician.staff)
    assert client.get(PAGE).headers["Location"] == "/unblinded/study/"
    unblinded(cast, locked.now)
    assert PAGE in client.get("/unblinded/study/").content.decode()
    page = client.get(PAGE)
    assert (page.status_code, b"CANARY" in page.content) == (200, False)
    assert client.post(PAGE, {"format": "csv", "why": ""}).status_code == 422
    assert client.post(PAGE, {"format": "pdf", "why": "curious"}).status_code == 422
    assert not StudyAccess.objects.exists()
    answer = client.post(PAGE, {"format": "csv", "why": "The analysis"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert "-unblinded_" in answer.headers["Content-Disposition"]
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        (row,) = table(archive, "unblinded_arms.csv")
    assert row["ARMCD"] == arm_of(owner, locked.subject)
    assert {arm.code for arm in protocols.latest().arms}.isdisjoint(ARMS), (
        "the canaries are not the protocol's"
    )
