"""A study in which a telling word stands in every free text that somebody blinded may read."""

from collections.abc import Iterator
from dataclasses import replace
from tempfile import NamedTemporaryFile
from typing import Any

from django.db import IntegrityError, models, transaction
from django.http import Http404
from django.test import Client

from outcomes.actions import amend_adverse_event
from outcomes.models import AdverseEvent
from tests.exports.conftest import adverse_event
from tests.exports.reading import text_of
from tests.exports.texts_outside import makers
from trial_site.audit.action import attributed
from trial_site.audit.tracking import TRACKED
from trial_site.monitoring import actions
from trial_site.monitoring.hiding import HISTORY, TextPlace, text_for
from trial_site.monitoring.history import models_by_table
from trial_site.monitoring.models import Deviation, Query
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.texts import TEXTS, text_columns

BLINDED = ("monitor", "data_manager", "principal", "coordinator", "assessor")
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
        self.makers = makers(cast, self.subject, self.now)
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
