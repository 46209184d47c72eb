"""ODM ClinicalData of a Transactional file: one SubjectData per row of the history, in the order of time.

Its AuditRecord says who, where, when and why, and holds for everything inside; what is only named to say where a
change belongs carries the transaction Context. A query is an Annotation of its item, or of its form.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from enrollment.models import Subject
from trial_site.audit.models import Event
from trial_site.core.permissions import Role
from trial_site.core.protocol import Protocol
from trial_site.exports.blinded import Selection
from trial_site.exports.dictionary import FLAG_TYPES, QUERY_STATES, items
from trial_site.exports.history import (
    Happening,
    Place,
    State,
    Teller,
    events_of,
    place_of,
    places_of,
    table_of,
)
from trial_site.exports.odm_clinical import Piece, flag, naming, quoted
from trial_site.exports.odm_events import events, home_event
from trial_site.exports.odm_people import location_oid, user_oid
from trial_site.monitoring.models import QueryMessage, Scope, Signature

# Whoever asks belongs to the sponsor's side of a query.
SPONSOR = {Role.MONITOR, Role.DATA_MANAGER, Role.MEDICAL_MONITOR, Role.STATISTICIAN, Role.SAFETY_OFFICER}
# The number 1 is that of the reason for a missing value.
FIRST_MESSAGE = 2


class HistoryWriter:
    """Writes one participant after the other."""

    def __init__(self, selection: Selection, protocol: Protocol) -> None:
        self.selection, self.protocol = selection, protocol
        self.sites = {site.code for site in selection.sites}
        self.repeating = {event.code: event.repeating for event in events(protocol, selection.datasets)}
        self.pieces = {
            dataset.form: {variable.field: Piece.of(dataset, variable) for variable in items(dataset)}
            for dataset in selection.datasets
        }

    def subject(self, subject: Subject) -> Iterator[str]:
        places, found = places_of(self.selection, subject), events_of(self.selection, subject)
        self.subject_key, self.site, self.met = (
            quoted(subject.number),
            subject.site,
            set[tuple[str, str] | None](),
        )
        messages = QueryMessage.objects.select_related("query").in_bulk(keys(found, QueryMessage))
        signatures = Signature.objects.in_bulk(keys(found, Signature))
        teller = Teller(self.selection.datasets)
        for event in found:
            if event.table == table_of(QueryMessage):
                message = messages[event.record_id]
                place = place_of(places, message.query.form, message.query.record_id)
                inside = self.question(event, place, message)
            elif event.table == table_of(Signature):
                signature = signatures[event.record_id]
                place = place_of(places, signature.form, signature.record_id)
                yield self.signed(event, place, signature)
                continue
            else:
                yield self.change(teller.happening(event, places))
                continue
            yield self.row(event, place, "Context", inside)

    def change(self, happening: Happening) -> str:
        created = happening.event.operation == Event.Operation.INSERT
        if not created and not happening.items:
            return ""
        form = happening.place.dataset.form
        kind = "" if created else ' TransactionType="Update"'
        inside = "".join(self.items(happening, explicit=not created))
        group = f'<ItemGroupData ItemGroupOID="IG.{form}"{kind}>{inside}</ItemGroupData>'
        return self.row(happening.event, happening.place, "Insert" if created else "Context", group)

    def items(self, happening: Happening, *, explicit: bool) -> Iterator[str]:
        """`explicit`: the transaction of each item stands with it; else it is that of the form."""
        for field, (before, after) in happening.items.items():
            form = happening.place.dataset.form
            kind = f' TransactionType="{transaction(before, after)}"' if explicit else ""
            with naming(self.subject_key, form, field):
                yield self.pieces[form][field].write(*after, attributes=kind)

    def row(self, event: Any, place: Place, kind: str, inside: str) -> str:
        """What happened at a form. Whatever was not met before is inserted with it."""
        form_key = f' FormRepeatKey="{quoted(place.repeat)}"' if place.repeat is not None else ""
        form = f'<FormData FormOID="F.{place.dataset.form}"{form_key} TransactionType="{kind}">{inside}</FormData>'
        return self.subject_row(event, place, self.visit(place, form))

    def signed(self, event: Any, place: Place, signature: Signature) -> str:
        """A signature stands at what it covers: the form, the visit or the participant."""
        written = self.signature(event, signature)
        match signature.scope:
            case Scope.PARTICIPANT:
                return self.subject_row(event, place, "", signature=written)
            case Scope.VISIT:
                return self.subject_row(event, place, self.visit(place, written))
        return self.row(event, place, "Context", written)

    def visit(self, place: Place, inside: str) -> str:
        code = place.visit or home_event(place.dataset, self.protocol)
        repeat = place.visit_repeat or "1"
        kind = "Context" if (code, repeat) in self.met else "Insert"
        self.met.add((code, repeat))
        key = f' StudyEventRepeatKey="{repeat}"' if self.repeating[code] else ""
        opening = f'<StudyEventData StudyEventOID="SE.{code}"{key} TransactionType="{kind}">'
        return f"{opening}{inside}</StudyEventData>"

    def subject_row(self, event: Any, place: Place, inside: str, *, signature: str = "") -> str:
        """One SubjectData with the AuditRecord that holds for everything in it."""
        known = None in self.met
        self.met.add(None)
        site = "" if known else f'<SiteRef LocationOID="{location_oid(self.site.code)}"/>'
        kind = "Context" if known else "Insert"
        opening = f'<SubjectData SubjectKey="{self.subject_key}" TransactionType="{kind}">'
        return f"{opening}{self.audit(event, place)}{signature}{site}{inside}</SubjectData>\n"

    def audit(self, event: Any, place: Place) -> str:
        why = self.text(event.reason, place, "reason")
        reason = f"<ReasonForChange>{why}</ReasonForChange>" if why else ""
        return (
            f"<AuditRecord>{self.by(event)}<DateTimeStamp>{stamp(event)}</DateTimeStamp>{reason}"
            f"<SourceID>{source(event)}</SourceID></AuditRecord>"
        )

    def text(self, text: str, place: Place, what: str) -> str:
        with naming(self.subject_key, place.dataset.form, what):
            return quoted(text)

    def by(self, event: Any) -> str:
        where = event.site if event.site in self.sites else None
        user = quoted(user_oid(event.actor_id, event.actor, event.login))
        return f'<UserRef UserOID="{user}"/><LocationRef LocationOID="{location_oid(where)}"/>'

    def signature(self, event: Any, signature: Signature) -> str:
        meaning = f'<SignatureRef SignatureOID="SD.{signature.meaning}"/>'
        return (
            f'<Signature ID="SIG.{signature.pk}">{self.by(event)}{meaning}'
            f"<DateTimeStamp>{stamp(event)}</DateTimeStamp>"
            f"<CryptoBindingManifest>SHA-256 {signature.content_sha256}</CryptoBindingManifest></Signature>"
        )

    def question(self, event: Any, place: Place, message: QueryMessage) -> str:
        form, field = place.dataset.form, message.query.field
        side = "Sponsor" if event.role in SPONSOR else "Site"
        said = f"{message.query.number}: {message.text}"
        written = (
            f'<Annotation SeqNum="{FIRST_MESSAGE + message.pk}" TransactionType="Insert">'
            f'<Comment SponsorOrSite="{side}">{self.text(said, place, message.query.number)}</Comment>'
            f"{flag(QUERY_STATES, message.state, FLAG_TYPES.items[1][0])}</Annotation>"
        )
        if field not in self.pieces[form]:
            return written
        item = self.pieces[form][field].around(written, attributes=' TransactionType="Context"')
        return f'<ItemGroupData ItemGroupOID="IG.{form}">{item}</ItemGroupData>'


def keys(found: list[Any], model: type[Model]) -> list[int]:
    return [event.record_id for event in found if event.table == table_of(model)]


def transaction(before: State, after: State) -> str:
    if before == (None, None):
        return "Insert"
    return "Remove" if after == (None, None) else "Update"


def source(event: Any) -> str:
    """Which record; with the time stamp it names the row of the audit trail. Row numbers would count what lies
    between two of them, looks into the sealed room too."""
    return f"{event.table} {event.record_id}"


def stamp(event: Any) -> str:
    return event.at.isoformat().replace("+00:00", "Z")
