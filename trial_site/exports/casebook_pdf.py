"""The casebook of each participant as PDF, for archives: values, reasons, signatures, queries and the audit trail,
with a bookmark for each form and record. Blank and annotated it is the form without anybody's data.

One participant is one PDF, several are one zip of them.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext as _

from enrollment.models import Subject
from trial_site.audit.models import Event
from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.printing import families, pdf
from trial_site.exports.csv_archive import Archive
from trial_site.exports.dictionary import MISSING, Variable, items
from trial_site.exports.history import Changes, State, Teller, events_of
from trial_site.exports.languages import in_languages, of_protocol
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.odm import counted
from trial_site.exports.selectors import subjects_of
from trial_site.exports.sql import ItemRow, item_rows
from trial_site.exports.wishes import Casebook
from trial_site.monitoring.history import role_in, who_did
from trial_site.monitoring.models import Query, QueryMessage, Signature

TEMPLATE = "exports/casebook.typ"
# The one font that has every letter of this study; typst would print boxes in its place.
FONT = "Noto Sans CJK SC"
Printed = dict[str, Any]


def write_casebooks(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the PDF or the zip and return its manifest. Runs inside sql.snapshot()."""
    require_letters()
    records = Counter({dataset.form: 0 for dataset in order.selection.datasets})
    files: list[dict[str, str]] = []
    with translation.override("en"):
        if order.is_one_document:
            out.write(next(documents(order, records, tell))[1])
        else:
            with Archive(out) as archive:
                for name, document in documents(order, records, tell):
                    with archive.file(f"{name}.pdf") as file:
                        file.write(document)
                files = list(archive.files)
                archive.manifest(manifest(order, records=records, files=files))
    return manifest(order, records=records, files=files)


def require_letters() -> None:
    if FONT not in families():
        raise Refused(
            _("The font %(font)s is not installed on the server: Chinese could not be read.") % {"font": FONT}
        )


def documents(order: Order, records: Counter[str], tell: Tell) -> Iterator[tuple[str, bytes]]:
    """(name, PDF) of each casebook."""
    if order.wish.casebook != Casebook.FILLED:
        yield order.wish.casebook, document(order, [blank(d, order) for d in order.selection.datasets])
        return
    total = subjects_of(order.selection).count()
    with closing(item_rows(order.selection)) as rows:
        found = groupby(counted(rows, records), key=attrgetter("subject"))
        for done, (number, of_subject) in enumerate(found, 1):
            yield number, document(order, *filled(order, number, list(of_subject)), number=number)
            tell(done, total)


def document(order: Order, chapters: list[Printed], *appendices: list, number: str = "") -> bytes:
    queries, signatures, trail = appendices or ([], [], [])
    data = {
        "study": order.protocol.registry_id,
        "title": order.protocol.title.en,
        "version": order.protocol.version,
        "participant": number,
        "casebook": order.wish.casebook,
        "data_as_of": order.data_instant,
        "chapters": chapters,
        "queries": queries,
        "signatures": signatures,
        "trail": trail,
    }
    return pdf(TEMPLATE, data, at=order.at)


def blank(dataset: Dataset, order: Order) -> Printed:
    """A form without data; annotated, with the name under which each item is exported and its CDASH variable."""
    annotated = order.wish.casebook == Casebook.ANNOTATED
    listed = [
        asked(variable) | {"note": note(dataset, variable) if annotated else "", "value": None}
        for variable in items(dataset)
    ]
    return chapter(dataset) | {"records": [{"name": "", "items": listed, "signatures": []}]}


def note(dataset: Dataset, variable: Variable) -> str:
    names = [f"{dataset.form}.{variable.name}", variable.cdash and f"CDASH {variable.cdash}"]
    return " · ".join(name for name in names if name)


def chapter(dataset: Dataset) -> Printed:
    domain = f" [{dataset.domain}]" if dataset.domain else ""
    return {"title": f"{dataset.form}{domain} {both(dataset.title)}"}


def both(text: object) -> str:
    """English and, where it differs, Chinese."""
    return " · ".join(in_languages(text).values())


def asked(variable: Variable) -> Printed:
    choices = (
        [f"{code} = {both(label)}" for code, label in variable.codelist.items] if variable.codelist else []
    )
    return {"label": both(variable.label), "unit": variable.unit, "choices": choices}


def filled(order: Order, number: str, rows: list[ItemRow]) -> tuple[list[Printed], list, list, list]:
    """Chapters, queries, signatures and audit trail of one participant, of nothing but the selected records."""
    subject = Subject.objects.get(number=number)
    forms = {dataset.form: dataset for dataset in order.selection.datasets}
    chosen = {(row.form, row.record) for row in rows}
    signatures = list(Signature.objects.filter(subject=number, form__in=forms).order_by("id"))
    chapters = []
    for form, found in groupby(rows, key=attrgetter("form")):
        printed = [record(forms[form], row, order) for row in found]
        chapters.append(chapter(forms[form]) | {"records": printed})
    queries = [
        q for q in Query.objects.filter(subject=number).order_by("id") if (q.form, q.record_id) in chosen
    ]
    signed = [printed_signature(s) for s in signatures if (s.form, s.record_id) in chosen]
    return chapters, [thread(query) for query in queries], signed, trail(order, subject, chosen, forms)


def record(dataset: Dataset, row: ItemRow, order: Order) -> Printed:
    reasons = dict(MISSING.items)
    listed = []
    for variable, value in zip(items(dataset), row.values, strict=True):
        reason = row.reasons.get(variable.field) if value is None else None
        shown = both(reasons[reason]) if reason else decoded(variable, value)
        listed.append(
            {
                "label": both(variable.label),
                "value": shown,
                "unit": variable.unit if value else "",
                "note": "",
            }
        )
    return {"name": name_of(row, order), "items": listed}


def decoded(variable: Variable, value: str | None) -> str | None:
    labels = dict(variable.codelist.items) if variable.codelist else {}
    return f"{both(labels[value])} ({value})" if value in labels else value


def name_of(row: ItemRow, order: Order) -> str:
    visit = order.protocol.visit_by_code.get(row.visit or "")
    again = row.visit_repeat if row.visit_repeat not in (None, "1") else None
    named = [" · ".join(of_protocol(visit.name).values()) if visit else row.visit, again, row.repeat]
    return " · ".join(part for part in named if part)


def thread(query: Query) -> Printed:
    said = QueryMessage.objects.filter(query=query).select_related("written_by").order_by("id")
    messages = [
        [moment(m.written_at), str(m.written_by or query.get_origin_display()), m.get_state_display(), m.text]
        for m in said
    ]
    return {"title": f"{query.number}: {query.form} {query.field}".strip(), "messages": messages}


def printed_signature(signature: Signature) -> list[str]:
    meaning, scope_of = signature.get_meaning_display(), signature.get_scope_display()
    return [moment(signature.signed_at), signature.signer_name, f"{signature.form} ({scope_of})", meaning]


def trail(order: Order, subject: Subject, chosen: set, forms: dict[str, Dataset]) -> list[list[str]]:
    """Who changed what when and why, oldest first; of no field that is withheld."""
    teller = Teller(forms.values())
    told: list[list[str]] = []
    for event in events_of(order.selection, subject):
        dataset = teller.by_table.get(event.table)
        if dataset and (dataset.form, event.record_id) in chosen:
            told += told_event(event, dataset, teller.changes(event, dataset))
    return told


def told_event(event: Any, dataset: Dataset, changes: Changes) -> Iterator[list[str]]:
    role = role_in(event)
    by = [moment(event.at), f"{who_did(event)} ({role})" if role else who_did(event)]
    if event.operation != Event.Operation.UPDATE:
        yield [*by, f"{dataset.form}: the whole record", event.get_operation_display(), event.reason]
        return
    variables = {variable.field: variable for variable in items(dataset)}
    for field, (before, after) in changes.items():
        old, new = (told_state(variables[field], state) for state in (before, after))
        label = in_languages(variables[field].label)["en"]
        yield [*by, f"{dataset.form}: {label}", f"{old} → {new}", event.reason]


def told_state(variable: Variable, state: State) -> str:
    value, reason = state
    return both(dict(MISSING.items)[reason]) if reason else decoded(variable, value) or "–"


def moment(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
