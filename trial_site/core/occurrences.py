"""Noting what happens without changing data, so that it is in the audit trail."""

from datetime import datetime

from django.utils import timezone
from django.utils.crypto import salted_hmac

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import Occurrence, OccurrenceKind, StaffMember


@action
def note(
    kind: OccurrenceKind,
    *,
    person: StaffMember | None = None,
    unknown: str = "",
    detail: str = "",
    by: Actor,
    at: datetime,
) -> Occurrence:
    """unknown: what was typed as the address of nobody; only a keyed hash of it is kept."""
    return Occurrence.objects.create(
        kind=kind, person=person, unknown=unknown and unrecognizable(unknown), detail=detail, at=at
    )


def note_of(person: StaffMember, kind: OccurrenceKind) -> Occurrence:
    """It happened just now, and the person did it."""
    now = timezone.now()
    return note(kind, person=person, by=Actor.of(person, at=now), at=now)


def note_attempt(kind: OccurrenceKind, *, address: str) -> Occurrence:
    """Somebody tried, just now, to pass as the person with this address; who, is not known."""
    person = StaffMember.objects.filter(email__iexact=address).first()
    by = Actor.system("sign-in")
    return note(kind, person=person, unknown="" if person else address, by=by, at=timezone.now())


def unrecognizable(address: str) -> str:
    return salted_hmac("unknown address", address.strip().lower(), algorithm="sha256").hexdigest()[:16]
