"""Every free text that somebody blinded may read, and the reason for a change, is hidden from every blinded place:
pages, audit trail, its CSV, and every export. Generated from the list of such texts."""

import re
from datetime import UTC, datetime
from zipfile import ZipFile, is_zipfile

import pytest
from django.db import connection, models
from django.test import Client

from dosing.models import InfusionSlot
from tests.exports.telling import BLINDED, Told, printed
from trial_site.audit.tracking import TRACKED
from trial_site.exports.models import ExportFormat
from trial_site.monitoring.hiding import HISTORY
from trial_site.monitoring.history import models_by_table
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.texts import text_columns

pytestmark = pytest.mark.usefixtures("transactional_db")
FORMATS = (
    ExportFormat.CSV,
    ExportFormat.ODM_SNAPSHOT,
    ExportFormat.ODM_TRANSACTIONAL,
    ExportFormat.DATASET_JSON,
    ExportFormat.PDF,
)


@pytest.fixture
def told(cast, study, settings) -> Told:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    return Told(cast, study)


def contents(path) -> str:
    if is_zipfile(path):
        with ZipFile(path) as archive:
            read = [(name, archive.read(name)) for name in archive.namelist()]
    else:
        read = [(path.name, path.read_bytes())]
    return "".join(
        printed(data) if name.endswith(".pdf") else data.decode(errors="replace") for name, data in read
    )


def exported(told: Told, export, folder, **wish) -> set[tuple[str, str]]:
    found = set()
    for format in FORMATS:
        made = folder / format
        made.mkdir(parents=True)
        path, _row = export(format, at=datetime.now(UTC), directory=made, **wish)
        found |= told.found(contents(path))
    return found


# An infusion that was recorded when it was given has no reason why it is late, and some forms have no record here:
# what is done to their texts is tried below.
OF_THE_PAST = {("dosing_infusion", "why_late"), ("dosing_infusion", "paper_source")}
WITHOUT_RECORD = {"DD", "EN", "EO", "PG", "DY", "CV", "IT", "RE", "CM", "MH", "CR"}


def test_every_text_is_hidden_from_every_blinded_place(told, export, tmp_path) -> None:
    texts = {(table, column) for table, columns in text_columns().items() for column in columns}
    untried = texts - told.words.keys() - OF_THE_PAST
    assert {table for table, _column in untried} <= {
        FORMS[form].model._meta.db_table for form in WITHOUT_RECORD
    }
    before = told.seen("monitor", "data_manager", "principal") | exported(told, export, tmp_path / "before")
    assert told.words.keys() - before == set(), "the test reads where each of them stood"
    instant = datetime.now(UTC)
    told.hide()
    assert told.seen(*BLINDED) == set()
    assert exported(told, export, tmp_path / "after") == set()
    assert exported(told, export, tmp_path / "past", as_of=instant) == set(), "nor in what was there before"
    client = Client()
    client.force_login(told.cast.pharmacist.staff)
    page = client.post("/unblinded/supply/01/").content.decode()
    assert told.found(page) == told.words.keys(), "unblinded people still read them"


def test_the_database_can_hide_every_one_of_them() -> None:
    """What the application may only insert is in the closed list of the function that hides, and nothing else is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'monitoring_hide'")
        source = cursor.fetchone()[0]
    listed = set(re.findall(r"\('(\w+)', '(\w+)'\)", source))
    insert_only = {
        (table, column)
        for table, columns in text_columns().items()
        for column in columns
        if table != HISTORY and "UPDATE" not in TRACKED[models_by_table()[table]].privileges
    }
    assert listed == insert_only


def test_no_text_is_forgotten() -> None:
    """A text field of a tracked table is a form's, a registered text, or named here with its reason."""
    known = text_columns()
    of_forms = {form.model for form in FORMS.values()}
    forgotten = {
        f"{model._meta.db_table}.{field.name}"
        for model, kept in TRACKED.items()
        if kept.history == HISTORY and model not in of_forms
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField)
        or (isinstance(field, models.CharField) and (field.max_length or 0) > 120)
        if not field.choices and field.column not in known.get(model._meta.db_table, ())
    }
    assert forgotten == {
        "core_staffmember.password",
        "core_staffmember.email",
        "core_notice.key",
        "core_occurrence.detail",  # written by the system: which filter a copy of the trail had
        "enrollment_identityentry.sealed",  # encrypted
        "enrollment_emailcontact.sealed",  # encrypted
        "exports_export.failure",  # written by the system
        "outcomes_susarassessment.grounds",  # read by its author only, who may know the arm
        "randomization_accessrecord.why",  # of looks it is told that they happened, never why
        "randomization_studyaccess.why",
    }
    assert InfusionSlot._meta.db_table in known
