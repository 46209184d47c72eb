"""ODM ClinicalData, written as text while the rows come in: several times as fast as an element tree.

An absent value with a reason is ItemData IsNull="Yes" with an Annotation that flags the reason by codelist
MISSING; one without a reason was not entered and has no ItemData.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from operator import attrgetter

from django.utils.translation import gettext as _

from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.protocol import Protocol
from trial_site.exports.dictionary import FLAG_TYPES, MISSING, Codelist, Variable, items
from trial_site.exports.odm_events import Event, events, home_event
from trial_site.exports.odm_metadata import codelist_oid, item_oid, unit_oid
from trial_site.exports.odm_people import location_oid, user_oid
from trial_site.exports.sql import ItemRow
from trial_site.monitoring.models import Scope, Signature

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


def subjects(
    rows: Iterable[ItemRow],
    datasets: tuple[Dataset, ...],
    protocol: Protocol,
    signed: Callable[[str], list[Signature]] = lambda number: [],
    notes: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """One SubjectData element after the other. Raises Refused for a character that XML cannot carry.

    signed: the signatures of a participant, the latest last; notes: annotations of participants. Both go by the
    screening number.
    """
    writer = SubjectWriter(datasets, protocol, notes or {})
    for (number, site), records in groupby(rows, key=attrgetter("subject", "site")):
        yield writer.subject(number, site, list(records), signed(number))


class SubjectWriter:
    """Writes one participant at a time; what is the same for all of them is put together once."""

    def __init__(self, datasets: tuple[Dataset, ...], protocol: Protocol, notes: Mapping[str, str]) -> None:
        self.notes = notes
        planned = events(protocol, datasets)
        self.place = {event.code: place for place, event in enumerate(planned)}
        self.opening = {event.code: event_opening(event) for event in planned}
        self.home = {d.form: home_event(d, protocol) for d in datasets if not d.visit}
        self.pieces = {d.form: [Piece.of(d, variable) for variable in items(d)] for d in datasets}

    def subject(self, number: str, site: str, records: list[ItemRow], signatures: list[Signature]) -> str:
        """ODM has room for one signature at each place: the latest."""
        self.signed = {(one.scope, one.form, one.record_id): signature_data(one) for one in signatures}
        whole = next((self.signed[key] for key in self.signed if key[0] == Scope.PARTICIPANT), "")
        opening = (
            f'<SubjectData SubjectKey="{quoted(number)}">{whole}<SiteRef LocationOID="L.{quoted(site)}"/>'
        )
        text = [opening, self.notes.get(number, "")]
        records.sort(key=self.happening)
        for (_place, event, repeat), of_the_event in groupby(records, key=self.happening):
            found = list(of_the_event)
            visits = ((Scope.VISIT, row.form, row.record) for row in found)
            visit = "".join(self.signed.get(key, "") for key in visits)
            text += [self.opening[event] % repeat, visit, *map(self.form, found), "</StudyEventData>"]
        return "".join([*text, "</SubjectData>\n"])

    def event(self, row: ItemRow) -> str:
        return row.visit or self.home[row.form]

    def happening(self, row: ItemRow) -> tuple[int, str, int]:
        """In the protocol's order; an unscheduled visit by its number."""
        event = self.event(row)
        return self.place[event], event, int(row.visit_repeat or 1)

    def form(self, row: ItemRow) -> str:
        repeat = f' FormRepeatKey="{quoted(row.repeat)}"' if row.repeat is not None else ""
        signature = self.signed.get((Scope.RECORD, row.form, row.record), "")
        opening = f'<FormData FormOID="F.{row.form}"{repeat}>{signature}<ItemGroupData ItemGroupOID="IG.{row.form}">'
        return opening + "".join(self.items(row)) + "</ItemGroupData></FormData>"

    def items(self, row: ItemRow) -> Iterator[str]:
        for piece, value in zip(self.pieces[row.form], row.values, strict=True):
            try:
                if value is not None:
                    yield piece.start + quoted(value) + piece.end
                elif piece.field in row.reasons:
                    yield piece.write(None, row.reasons[piece.field])
            except IllegalCharacter:
                with naming(row.subject, row.form, piece.field):
                    raise


@dataclass(frozen=True)
class Piece:
    """How an item is written: what opens it, and what stands around its value."""

    field: str
    opening: str
    start: str
    end: str

    @classmethod
    def of(cls, dataset: Dataset, variable: Variable) -> "Piece":
        opening = f'<ItemData ItemOID="{item_oid(dataset, variable)}"'
        unit = f'><MeasurementUnitRef MeasurementUnitOID="{quoted(unit_oid(variable.unit))}"/></ItemData>'
        return cls(variable.field, opening, f'{opening} Value="', f'"{unit if variable.unit else "/>"}')

    def write(self, value: str | None, reason: str | None, *, attributes: str = "") -> str:
        """The item with its value, or as null with the reason, or without either."""
        if value is not None:
            return f'{self.opening}{attributes} Value="{quoted(value)}{self.end}'
        if reason is None:
            return f"{self.opening}{attributes}/>"
        why = f'<Annotation SeqNum="1">{flag(MISSING, reason, FLAG_TYPES.items[0][0])}</Annotation>'
        return self.around(why, attributes=f'{attributes} IsNull="Yes"')

    def around(self, inside: str, *, attributes: str) -> str:
        return f"{self.opening}{attributes}>{inside}</ItemData>"


def flag(codelist: Codelist, value: str, kind: str, kinds: Codelist = FLAG_TYPES) -> str:
    return (
        f'<Flag><FlagValue CodeListOID="{codelist_oid(codelist)}">{value}</FlagValue>'
        f'<FlagType CodeListOID="{codelist_oid(kinds)}">{kind}</FlagType></Flag>'
    )


def signature_data(signature: Signature) -> str:
    """Who signed with which meaning when, and the hash of what was signed."""
    return (
        f'<Signature ID="SIG.{signature.pk}"><UserRef UserOID="{user_oid(signature.signer_id, "", "")}"/>'
        f'<LocationRef LocationOID="{location_oid(signature.site.code)}"/>'
        f'<SignatureRef SignatureOID="SD.{signature.meaning}"/>'
        f"<DateTimeStamp>{signature.signed_at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}</DateTimeStamp>"
        f"<CryptoBindingManifest>SHA-256 {signature.content_sha256}</CryptoBindingManifest></Signature>"
    )


def event_opening(event: Event) -> str:
    """With a place for the number of an unscheduled visit."""
    repeat = ' StudyEventRepeatKey="%s"' if event.repeating else "%.0s"
    return f'<StudyEventData StudyEventOID="{event.oid}"{repeat}>'


class IllegalCharacter(Exception):
    """A character that XML 1.0 cannot carry."""


def quoted(value: str) -> str:
    """For an attribute in double quotes, or for text. Raises IllegalCharacter."""
    try:
        return NOT_PLAIN.sub(lambda found: REFERENCES[found[0]], value)
    except KeyError as character:
        raise IllegalCharacter(character.args[0]) from None


@contextmanager
def naming(subject: str, form: str, what: str) -> Iterator[None]:
    """An illegal character inside becomes a refusal that says where to correct it."""
    try:
        yield
    except IllegalCharacter as character:
        raise Refused(
            _(
                "Participant %(subject)s, form %(form)s, %(field)s holds a character that XML cannot carry"
                " (U+%(code)s). Correct the value, then export again."
            )
            % {"subject": subject, "form": form, "field": what, "code": f"{ord(character.args[0]):04X}"}
        ) from None
