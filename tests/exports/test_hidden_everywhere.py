"""Every free text that somebody blinded may read, and the reason for a change, is hidden from every blinded place:
pages, audit trail, its CSV, and every export. Generated from the list of such texts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import ZipFile, is_zipfile

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.http import Http404
from django.test import Client

from dosing.models import InfusionSlot
from enrollment.models import EligibilityAssessment, Withdrawal
from outcomes.actions import amend_adverse_event
from outcomes.models import AdverseEvent, SafetyReport
from randomization.models import CodeBreak, ImpactAssessment, LetterCount, RandomizedInError
from tests.exports.conftest import adverse_event
from tests.exports.reading import text_of
from trial_site.audit.action import attributed
from trial_site.audit.tracking import TRACKED
from trial_site.core.models import Pause
from trial_site.exports.models import ExportFormat
from trial_site.monitoring import actions
from trial_site.monitoring.hiding import HISTORY, TextPlace, text_for
from trial_site.monitoring.history import models_by_table
from trial_site.monitoring.models import (
    AnalysisSets,
    AuditReview,
    DataReview,
    Deviation,
    Freeze,
    Query,
    QueryMessage,
    Scope,
)
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.texts import TEXTS, text_columns

pytestmark = pytest.mark.usefixtures("transactional_db")
BLINDED = ("monitor", "data_manager", "principal", "coordinator", "assessor")
FORMATS = (
    ExportFormat.CSV,
    ExportFormat.ODM_SNAPSHOT,
    ExportFormat.ODM_TRANSACTIONAL,
    ExportFormat.DATASET_JSON,
    ExportFormat.PDF,
)
PAGES = (
    "/participants/{0}/",
    "/participants/{0}/audit/",
    "/participants/{0}/review/",
    "/visits/{0}/adverse-events/",
    "/infusion/{0}/slot/",
    "/code-breaks/{0}/impact/",
    "/queries/",
    "/deviations/",
    "/monitoring/01/",
    "/lock/data-review/",
    "/participants/{0}/analysis-sets/",
    "/audit/reviews/",
    "/code-breaks/letters/",
    "/pauses/",
    "/",
)


class Told:
    """A study in which a telling word of its own stands in every such text."""

    def __init__(self, cast, study) -> None:
        self.cast, self.subject, self.now = cast, study.subject, study.now
        self.by, self.words, self.rows = cast.data_manager.actor(), {}, {}
        for table, columns in sorted(text_columns().items()):
            if table != HISTORY:
                self.write(models_by_table()[table], sorted(columns))
        self.change_for_a_reason()

    def word(self, table: str, column: str) -> str:
        """Short enough for any of them."""
        return self.words.setdefault((table, column), f"TELL{len(self.words):03}")

    def write(self, model: type[models.Model], columns: list[str]) -> None:
        table = model._meta.db_table
        given = {column: self.word(table, column) for column in columns}
        with transaction.atomic(), attributed(self.by, action="raw", reason="Told"):
            if "UPDATE" in TRACKED[model].privileges:
                row = self.existing(model) or self.made(model, {})
                for column in given if row else ():
                    self.overwrite(row, column)
            else:
                row = self.made(model, given)
        if row is None:
            for column in columns:
                del self.words[table, column]
        else:
            self.rows[table] = row.pk

    def overwrite(self, row: models.Model, column: str) -> None:
        table = row._meta.db_table
        try:
            with transaction.atomic():
                type(row)._default_manager.filter(pk=row.pk).update(**{column: self.words[table, column]})
        except IntegrityError:
            del self.words[table, column]

    def existing(self, model: type[models.Model]) -> Any:
        names = {field.name for field in model._meta.fields}
        mine = {"subject": self.subject} if "subject" in names else {}
        if "subject" in names and not model._meta.get_field("subject").is_relation:
            mine = {"subject": self.subject.number}
        return model._default_manager.filter(**mine).order_by("-pk").first()

    def made(self, model: type[models.Model], given: dict[str, str]) -> Any:
        maker = self.makers.get(model)
        return maker(given) if maker else None

    @cached_property
    def makers(self) -> dict[type[models.Model], Any]:
        person, subject = self.cast.monitor.staff.pk, self.subject
        here, today = ref_of("SU", subject), subject.site.date_of(self.now)
        mine = {"form": "SU", "record_id": subject.pk, "subject": subject.number, "site_id": subject.site_id}
        return {
            QueryMessage: lambda given: actions.open_query(
                here, **given, origin=Query.Origin.PERSON, by=self.cast.monitor.actor(), at=self.now
            ).messages.get(),
            Deviation: lambda given: actions.raise_deviation(
                here, kind="other", grade="minor", text="-", occurred_on=today, by=self.by, at=self.now
            ),
            Freeze: lambda given: Freeze.objects.create(
                scope=Scope.RECORD,
                **mine,
                placed_at=self.now,
                placed_by_id=person,
                lifted_at=self.now,
                lifted_by_id=person,
                lift_reason="-",
            ),
            AnalysisSets: lambda given: AnalysisSets.objects.create(
                subject=subject.number,
                site_id=subject.site_id,
                full_analysis=True,
                per_protocol=False,
                safety=True,
                why="-",
            ),
            DataReview: lambda given: DataReview.objects.create(
                held_on=today, recorded_by_id=person, recorded_at=self.now, **given
            ),
            AuditReview: lambda given: AuditReview.objects.create(
                since=today, until=today, reviewed_by_id=person, reviewed_at=self.now, **given
            ),
            Pause: lambda given: Pause.objects.create(
                what="infusion",
                decided_by="dsmb",
                paused_at=self.now,
                paused_by_id=person,
                resumed_at=self.now,
                resumed_by_id=person,
                resume_reason="-",
            ),
            LetterCount: lambda given: LetterCount.objects.create(
                site=subject.site,
                occasion="visit",
                intact=1,
                opened=0,
                expected_opened=0,
                counted_by_id=person,
                counted_at=self.now,
                **given,
            ),
            CodeBreak: lambda given: CodeBreak.objects.create(
                subject=subject,
                category="emergency",
                broken_by_id=person,
                broken_at=self.now,
                letter="L1",
                **given,
            ),
            ImpactAssessment: lambda given: ImpactAssessment.objects.create(
                code_break=CodeBreak.objects.first() or self.makers[CodeBreak]({"why": "-"}),
                subject=subject,
                assessed_by_id=person,
                assessed_at=self.now,
                **given,
            ),
            RandomizedInError: lambda given: RandomizedInError.objects.create(
                subject=subject, recorded_by_id=person, recorded_at=self.now, **given
            ),
            Withdrawal: lambda given: Withdrawal.objects.create(
                subject=subject, kind="treatment", on=today, **given
            ),
            SafetyReport: lambda given: SafetyReport.objects.create(
                subject=subject,
                event=AdverseEvent.objects.filter(subject=subject).first(),
                number=1,
                reported_by_id=person,
                reported_at=self.now,
                **given,
            ),
            EligibilityAssessment: lambda given: self.assessed_again(given),
        }

    def assessed_again(self, given: dict[str, str]) -> EligibilityAssessment:
        last = EligibilityAssessment.objects.filter(subject=self.subject).latest("pk")
        last.pk, last._state.adding = None, True
        for name, value in given.items():
            setattr(last, name, value)
        last.save(force_insert=True)
        return last

    def change_for_a_reason(self) -> None:
        event = AdverseEvent.objects.filter(subject=self.subject).first()
        amend_adverse_event(
            event,
            values=adverse_event("Chill", on=event.started_on) | {"grade": 1},
            version=event.version,
            reason=self.word(HISTORY, "reason"),
            by=self.cast.coordinator.actor(self.now),
            at=self.now,
        )
        self.changed = event.pk

    def places(self) -> Iterator[TextPlace]:
        codes = {form.model._meta.db_table: code for code, form in FORMS.items()}
        for table, column in self.words:
            if table == HISTORY:
                yield self.readable("outcomes_adverseevent", self.changed, "reason-2")
            else:
                form = codes.get(table, "")
                outside = table in TEXTS and column in TEXTS[table].columns
                yield self.readable(table if outside else form, self.rows[table], column)

    def readable(self, kind: str, record_id: int, column: str) -> TextPlace:
        for who in BLINDED:
            try:
                place = text_for(getattr(self.cast, who).actor(), kind, record_id, column)
            except Http404:
                continue
            return replace(place, ref=place.ref or ref_of("SU", self.subject))
        raise AssertionError(f"nobody blinded reads {column} of {kind}")

    def hide(self) -> None:
        for place in self.places():
            actions.hide_text(place, by=self.cast.data_manager.actor(), at=self.now)

    def found(self, text: str) -> set[tuple[str, str]]:
        return {place for place, word in self.words.items() if word in text}

    def seen(self, *people: str) -> set[tuple[str, str]]:
        return {place for who in people for page in self.pages(who) for place in self.found(page)}

    def pages(self, who: str) -> Iterator[str]:
        client = Client()
        client.force_login(getattr(self.cast, who).staff)
        messages = [f"/queries/{query.number}/" for query in Query.objects.all()]
        deviations = [f"/deviations/{one.number}/" for one in Deviation.objects.filter(cause=None)]
        for page in (*PAGES, *messages, *deviations):
            answer = client.get(page.format(self.subject.number))
            assert answer.status_code in (200, 403, 404), page
            yield answer.content.decode()
        answer = client.post("/audit/copy/", {})
        yield answer.content.decode(errors="replace")
        if who == "monitor":
            yield printed(client.get("/monitoring/01/appendix.pdf").content)


def printed(document: bytes) -> str:
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(document)
        file.flush()
        return text_of(file.name)


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
