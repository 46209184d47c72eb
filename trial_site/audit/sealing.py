"""The seals of the history: made, read and anchored outside the database (ADR 8, docs/audit-seal.md)."""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.mail import EmailMessage
from django.db import connection

from trial_site.audit import verification
from trial_site.audit.models import Event, Leaf, Seal
from trial_site.audit.verify_offline import Verification

SEALED_EVERY, SEALED_AFTER = timedelta(hours=2), timedelta(minutes=15)


@dataclass(frozen=True)
class Anchor:
    """What is noted of a seal outside the database: enough to notice that an older database was put back."""

    chain: str
    number: int
    at: str
    hash: str

    @property
    def line(self) -> str:
        return json.dumps(asdict(self))


AnchorsSince = Callable[[int], Iterable[Anchor]]


class NotTheAnchored(Exception):
    """The chain in the database is not the one that was anchored; one sentence."""


def seal() -> None:
    """Seal what is new in the open history. Several at once wait for each other; none skips a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.audit_seal()")


def anchors(since: int) -> list[Anchor]:
    """The open chain from seal `since` on."""
    return [
        anchor("audit_event", number, at, bytes(hashed).hex())
        for number, at, hashed in Seal.objects.filter(pk__gte=since)
        .order_by("pk")
        .values_list("pk", "at", "hash")
    ]


def anchor(chain: str, number: int, at: datetime, hashed: str) -> Anchor:
    return Anchor(chain, number, at.isoformat(), hashed)


def findings(at: datetime) -> Iterator[str]:
    """What is wrong with the open chain: sentences for `doctor`. Rows are left to verify_audit_trail."""
    with verification.one_instant("default"):
        chain = verification.seals("default", "audit_event")
        yield from (found.sentence for found in Verification(()).links(chain))
    last = Seal.objects.order_by("-pk").first()
    if last is None or at - last.at > SEALED_EVERY:
        yield f"The history was last sealed at {last.at if last else 'no time'}: do beat and a worker run?"
    waiting = Event.objects.filter(tx__gte=last.tx if last else 0, at__lt=at - SEALED_AFTER)
    if waiting.exclude(pk__in=Leaf.objects.filter(seal=last.pk if last else 0).values("event_id")).exists():
        yield "Rows of the history wait for their seal too long: is a transaction left open?"


def append_anchors(path: Path, chain: AnchorsSince) -> int:
    """Append the seals that the file does not know yet, and have them on the disk; returns how many.

    Raises NotTheAnchored, and writes nothing, when the database does not continue what the file ends with.
    """
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        *lines, unfinished = file.read().split("\n")
        if unfinished:  # by a process that was killed while it wrote
            file.truncate(sum(len(line.encode()) + 1 for line in lines))
        last = json.loads(lines[-1]) if lines else None
        found = list(chain(last["number"] if last else 1))
        if last and (not found or found[0].hash != last["hash"]):
            raise NotTheAnchored(f"Seal {last['number']} of {last['chain']} is not the one noted in {path}.")
        new = found[1:] if last else found
        file.writelines(f"{each.line}\n" for each in new)
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def send_anchor(addresses: Sequence[str], chain: AnchorsSince) -> None:
    """E-mail the last seal: kept in a mailbox it testifies like a file. Nothing is sent without an address."""
    last = next(reversed(list(chain(0))), None)
    if addresses and last:
        subject = f"Audit trail: seal {last.number} of {last.chain}"
        EmailMessage(subject, f"{last.line}\n", to=list(addresses)).send()
