"""ODM ClinicalData, written as text while the rows come in: several times as fast as an element tree.

An absent value with a reason is ItemData IsNull="Yes" with an Annotation that flags the reason by codelist
MISSING; one without a reason was not entered and has no ItemData.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.utils.translation import gettext as _

from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.protocol import Protocol
from trial_site.exports.dictionary import FLAG_TYPES, MISSING, Variable, items
from trial_site.exports.odm_events import Event, events, home_event
from trial_site.exports.odm_metadata import codelist_oid, item_oid, unit_oid
from trial_site.exports.sql import ItemRow

# Line breaks and tabs are written as references: a parser turns bare ones in an attribute into blanks.
REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
NOT_PLAIN = re.compile("[^ !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FLAG = (
    f'<Annotation SeqNum="1"><Flag><FlagValue CodeListOID="{codelist_oid(MISSING)}">%s</FlagValue>'
    f'<FlagType CodeListOID="{codelist_oid(FLAG_TYPES)}">{FLAG_TYPES.items[0][0]}</FlagType></Flag></Annotation>'
)


def subjects(rows: Iterable[ItemRow], datasets: tuple[Dataset, ...], protocol: Protocol) -> Iterator[str]:
    """One SubjectData element after the other. Raises Refused for a character that XML cannot carry."""
    writer = SubjectWriter(datasets, protocol)
    for (number, site), records in groupby(rows, key=attrgetter("subject", "site")):
        yield writer.subject(number, site, list(records))


class SubjectWriter:
    """Writes one participant at a time; what is the same for all of them is put together once."""

    def __init__(self, datasets: tuple[Dataset, ...], protocol: Protocol) -> None:
        planned = events(protocol, datasets)
        self.place = {event.code: place for place, event in enumerate(planned)}
        self.opening = {event.code: event_opening(event) for event in planned}
        self.home = {d.form: home_event(d, protocol) for d in datasets if not d.visit}
        self.pieces = {d.form: [Piece.of(d, variable) for variable in items(d)] for d in datasets}

    def subject(self, number: str, site: str, records: list[ItemRow]) -> str:
        text = [f'<SubjectData SubjectKey="{quoted(number)}"><SiteRef LocationOID="L.{quoted(site)}"/>']
        records.sort(key=lambda row: self.place[self.event(row)])
        for event, found in groupby(records, key=self.event):
            text += [self.opening[event], *map(self.form, found), "</StudyEventData>"]
        return "".join([*text, "</SubjectData>\n"])

    def event(self, row: ItemRow) -> str:
        return row.visit or self.home[row.form]

    def form(self, row: ItemRow) -> str:
        repeat = f' FormRepeatKey="{quoted(row.repeat)}"' if row.repeat is not None else ""
        opening = f'<FormData FormOID="F.{row.form}"{repeat}><ItemGroupData ItemGroupOID="IG.{row.form}">'
        return opening + "".join(self.items(row)) + "</ItemGroupData></FormData>"

    def items(self, row: ItemRow) -> Iterator[str]:
        for piece, value in zip(self.pieces[row.form], row.values, strict=True):
            try:
                if value is not None:
                    yield piece.start + quoted(value) + piece.end
                elif piece.field in row.reasons:
                    yield piece.absent % row.reasons[piece.field]
            except KeyError as character:
                raise illegal_character(row, piece, character.args[0]) from None


@dataclass(frozen=True)
class Piece:
    """What stands around one item's value, and what stands for an absent one (%s: the reason)."""

    field: str
    start: str
    end: str
    absent: str

    @classmethod
    def of(cls, dataset: Dataset, variable: Variable) -> "Piece":
        opening = f'<ItemData ItemOID="{item_oid(dataset, variable)}"'
        unit = f'><MeasurementUnitRef MeasurementUnitOID="{quoted(unit_oid(variable.unit))}"/></ItemData>'
        absent = f'{opening} IsNull="Yes">{FLAG}</ItemData>'
        return cls(variable.field, f'{opening} Value="', f'"{unit if variable.unit else "/>"}', absent)


def event_opening(event: Event) -> str:
    # A visit happens once per participant (constraint visit_once), an unscheduled one too.
    repeat = ' StudyEventRepeatKey="1"' if event.repeating else ""
    return f'<StudyEventData StudyEventOID="{event.oid}"{repeat}>'


def quoted(value: str) -> str:
    """For an attribute in double quotes. Raises KeyError for a character that XML 1.0 cannot carry."""
    return NOT_PLAIN.sub(lambda found: REFERENCES[found[0]], value)


def illegal_character(row: ItemRow, piece: Piece, character: str) -> Refused:
    return Refused(
        _(
            "Participant %(subject)s, form %(form)s, %(field)s holds a character that XML cannot carry"
            " (U+%(code)s). Correct the value, then export again."
        )
        % {
            "subject": row.subject,
            "form": row.form,
            "field": piece.field,
            "code": f"{ord(character):04X}",
        }
    )
