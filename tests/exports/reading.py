"""What the database holds, written by Python; and what a reader finds in an export, written by PostgreSQL."""

import io
import json
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas
from django.db.models import Model
from lxml import etree
from odmlib.loader import ODMLoader
from odmlib.odm_loader import XMLODMLoader

from enrollment.models import Subject
from trial_site.core.datasets import Dataset
from trial_site.core.models import StaffMember
from trial_site.exports.blinded import DATASETS, readable_now

Key = tuple[str, str, str | None, str | None]
Records = dict[Key, dict[str, str | None]]
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
APOSTROPHE = re.compile("^'('*[=+\\-@\t\r\n＝＋－＠])")


def recorded(dataset: Dataset) -> Records:
    """(subject, form, visit, repeat) -> variable -> text, and "<VARIABLE>?" -> reason for a missing value."""
    found = {}
    for record in dataset.model._default_manager.all():
        visit, repeat = follow(record, dataset.visit), follow(record, dataset.repeat)
        key = (follow(record, dataset.subject), dataset.form, text(visit), text(repeat))
        reasons = {f"{field.upper()}?": reason for field, reason in getattr(record, "missing", {}).items()}
        found[key] = {c.field.upper(): text(getattr(record, c.field)) for c in dataset.columns} | reasons
    return {key: {name: value for name, value in values.items() if value} for key, values in found.items()}


def everything_recorded() -> Records:
    return {key: values for dataset in readable_now(DATASETS) for key, values in recorded(dataset).items()}


def follow(record: Model, path: str) -> Any:
    here: Any = record if path else None
    for step in path.split("__") if path else ():
        here = getattr(here, step)
    return here


def text(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case bool():
            return "Y" if value else "N"
        case datetime():
            written = value.astimezone(UTC).replace(tzinfo=None).isoformat()
            return (written.rstrip("0") if "." in written else written) + "Z"
        case date():
            return value.isoformat()
        case StaffMember():
            return value.full_name
        case Subject() | Model():
            return str(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def read_csv(path: Path) -> Records:
    """The zip as a statistician reads it, neutralised formulas given back."""
    found: Records = {}
    with ZipFile(path) as archive:
        for dataset in DATASETS:
            for name in archive.namelist():
                if name.startswith(f"{dataset.form}_"):
                    found |= read_form(dataset, archive.read(name))
    return found


def read_form(dataset: Dataset, content: bytes) -> Records:
    table = pandas.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, lineterminator="\n")
    found = {}
    for row in table.to_dict("records"):
        cells = {name: APOSTROPHE.sub(r"\1", cell) for name, cell in row.items() if cell}
        key = (cells.pop("SUBJECT"), dataset.form, cells.pop("VISIT", None), cells.pop("REPEAT", None))
        cells.pop("VISIT_REPEAT", None)
        assert cells.pop("STUDYID") == "NCT05741099"
        assert cells.pop("SITEID") == key[0].split("-")[0]
        found[key] = {re.sub("_MISSING$", "?", name): cell for name, cell in cells.items()}
    return found


def load_odm(path: Path) -> Any:
    loader = ODMLoader(XMLODMLoader())
    loader.open_odm_document(str(path))
    return loader.load_odm()


def read_odm(odm: Any) -> Records:
    visit_of = {dataset.form: bool(dataset.visit) for dataset in DATASETS}
    found = {}
    for subject in odm.ClinicalData[0].SubjectData:
        for event in subject.StudyEventData:
            for form in event.FormData:
                code = form.FormOID.removeprefix("F.")
                visit = event.StudyEventOID.removeprefix("SE.") if visit_of[code] else None
                (group,) = form.ItemGroupData
                values = [read_item(code, item) for item in group.ItemData]
                found[(subject.SubjectKey, code, visit, form.FormRepeatKey)] = dict(values)
    return found


def read_item(form: str, item: Any) -> tuple[str, str]:
    name = item.ItemOID.removeprefix(f"I.{form}.")
    if item.IsNull == "Yes":
        (flag,) = item.Annotation[0].Flag
        assert flag.FlagType._content == "MISSING_REASON"
        return f"{name}?", flag.FlagValue._content
    return name, item.Value


def read_tabulations(path: Path) -> tuple[dict[str, Any], etree._Element]:
    """Domain -> Dataset-JSON; and the Define-XML."""
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name not in ("define.xml", "manifest.json")]
        tables = {name.removesuffix(".json").upper(): json.loads(archive.read(name)) for name in names}
        return tables, etree.fromstring(archive.read("define.xml"))


def fold(document: etree._ElementTree) -> Records:
    """What remains when every transaction is carried out in the order of the file."""
    visit_of = {dataset.form: bool(dataset.visit) for dataset in DATASETS}
    found: Records = {}
    for item in document.iter(f"{ODM}ItemData"):
        group = item.getparent()
        form, event, subject = (
            group.getparent(),
            group.getparent().getparent(),
            next(item.iterancestors(f"{ODM}SubjectData")),
        )
        code = form.get("FormOID").removeprefix("F.")
        visit = event.get("StudyEventOID").removeprefix("SE.") if visit_of[code] else None
        record = found.setdefault((subject.get("SubjectKey"), code, visit, form.get("FormRepeatKey")), {})
        name = item.get("ItemOID").removeprefix(f"I.{code}.")
        if transaction(item) != "Context":
            record.pop(name, None)
            record.pop(f"{name}?", None)
        if item.get("Value") is not None:
            record[name] = item.get("Value")
        elif item.get("IsNull"):
            record[f"{name}?"] = item.findtext(f".//{ODM}FlagValue")
    return found


def transaction(element) -> str:
    return next(
        found for each in (element, *element.iterancestors()) if (found := each.get("TransactionType"))
    )


def text_of(path: Path) -> str:
    """Without any white space: lines and cells are broken where they fit."""
    found = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return squeezed(found.stdout.decode())


def squeezed(text: str) -> str:
    return "".join(text.split())
