"""One participant's casebook in print: records, queries, signatures and audit trail, by the study site's clock."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from enrollment.models import Subject
from trial_site.audit.models import Event
from trial_site.core.datasets import WRITTEN_UNITS, Dataset
from trial_site.exports.dictionary import MISSING, Variable, items
from trial_site.exports.history import Changes, State, Teller, events_of
from trial_site.exports.languages import both, in_languages, of_protocol
from trial_site.exports.manifest import Order
from trial_site.exports.sql import ItemRow
from trial_site.monitoring.history import role_in, who_did
from trial_site.monitoring.models import Query, QueryMessage, Signature

Printed = dict[str, Any]
REASONS = dict(MISSING.items)


class Print:
    """Of nothing but the selected records of one participant."""

    def __init__(self, order: Order, number: str, rows: list[ItemRow]) -> None:
        self.order, self.rows = order, rows
        self.subject = Subject.objects.select_related("site").get(number=number)
        self.forms = {dataset.form: dataset for dataset in order.selection.datasets}
        self.names = {(row.form, row.record): self.name(row, ["en"]) for row in rows}

    def data(self) -> Printed:
        """What the template prints."""
        return {
            "participant": self.subject.number,
            "zone": self.subject.site.zone,
            "chapters": list(self.chapters()),
            "queries": list(self.queries()),
            "signatures": list(self.signatures()),
            "trail": list(self.trail()),
        }

    def chapters(self) -> Iterator[Printed]:
        for form, found in groupby(self.rows, key=attrgetter("form")):
            yield chapter(self.forms[form]) | {"records": [self.record(row) for row in found]}

    def record(self, row: ItemRow) -> Printed:
        listed = [
            {
                "label": both(variable.label),
                "value": self.shown(variable, value, row.reasons.get(variable.field)),
                "unit": people_unit(variable) if value else "",
                "note": "",
            }
            for variable, value in zip(items(self.forms[row.form]), row.values, strict=True)
        ]
        return {"name": self.name(row, ["en", "zh-Hans"]), "items": listed}

    def name(self, row: ItemRow, languages: list[str]) -> str:
        """The visit, and what tells this record from others of the form."""
        visit = self.order.protocol.visit_by_code.get(row.visit or "")
        spoken = of_protocol(visit.name) if visit else {}
        again = row.visit_repeat if row.visit_repeat not in (None, "1") else None
        visited = [spoken[language] for language in languages] if visit else [row.visit]
        return " · ".join(part for part in (*visited, again, row.repeat) if part)

    def where(self, form: str, record: int | None) -> str:
        return f"{form} {self.names.get((form, record or 0), '')}".strip()

    def shown(self, variable: Variable, value: str | None, reason: str | None) -> str | None:
        if value is None:
            return both(REASONS[reason]) if reason else None
        labels = dict(variable.codelist.items) if variable.codelist else {}
        if value in labels:
            return f"{both(labels[value])} ({value})"
        instant = variable.shape.data_type == "datetime"
        return self.moment(datetime.fromisoformat(value)) if instant else value.expandtabs(4)

    def moment(self, at: datetime) -> str:
        return f"{at.astimezone(self.subject.site.tz):%Y-%m-%d %H:%M:%S}"

    def queries(self) -> Iterator[Printed]:
        for query in Query.objects.filter(subject=self.subject.number).order_by("id"):
            if (query.form, query.record_id) in self.names:
                where = f"{self.where(query.form, query.record_id)} {query.field}".strip()
                yield {"title": f"{query.number}: {where}", "messages": list(self.thread(query))}

    def thread(self, query: Query) -> Iterator[list[str]]:
        for said in QueryMessage.objects.filter(query=query).select_related("written_by").order_by("id"):
            who = str(said.written_by or query.get_origin_display())
            yield [self.moment(said.written_at), who, said.get_state_display(), said.text]

    def signatures(self) -> Iterator[list[str]]:
        signed = Signature.objects.filter(subject=self.subject.number, form__in=self.forms)
        for one in signed.order_by("id"):
            if (one.form, one.record_id) in self.names:
                what = f"{self.where(one.form, one.record_id)} ({one.get_scope_display()})"
                yield [self.moment(one.signed_at), one.signer_name, what, one.get_meaning_display()]

    def trail(self) -> Iterator[list[str]]:
        """Who changed what when and why, oldest first; of no field that is withheld."""
        teller = Teller(self.forms.values())
        for event in events_of(self.order.selection, self.subject):
            dataset = teller.by_table.get(event.table)
            if dataset and (dataset.form, event.record_id) in self.names:
                yield from self.told(event, dataset, teller.changes(event, dataset))

    def told(self, event: Any, dataset: Dataset, changes: Changes) -> Iterator[list[str]]:
        role, where = role_in(event), self.where(dataset.form, event.record_id)
        by = [self.moment(event.at), f"{who_did(event)} ({role})" if role else who_did(event)]
        if event.operation != Event.Operation.UPDATE:
            yield [*by, f"{where}: the whole record", event.get_operation_display(), event.reason]
            return
        variables = {variable.field: variable for variable in items(dataset)}
        for field, (before, after) in changes.items():
            old, new = (self.state(variables[field], state) for state in (before, after))
            label = in_languages(variables[field].label)["en"]
            yield [*by, f"{where}: {label}", f"{old} → {new}", event.reason]

    def state(self, variable: Variable, state: State) -> str:
        return self.shown(variable, *state) or "–"


def chapter(dataset: Dataset) -> Printed:
    domain = f" [{dataset.domain}]" if dataset.domain else ""
    return {"title": f"{dataset.form}{domain} {both(dataset.title)}"}


def people_unit(variable: Variable) -> str:
    return WRITTEN_UNITS.get(variable.unit, variable.unit)
