"""The endpoint read of chest CT: two readers, a third where they differ too much."""

import hmac
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

READERS = 2
# No characters that are mistaken for one another when a code is read out.
ALPHABET, LENGTH = "23456789ABCDEFGHJKMNPQRSTVWXYZ", 8


def scan_code(secret: str, scan: int) -> str:
    """Says nothing of the scan to anybody without the secret, not even when it was made."""
    drawn = int.from_bytes(hmac.digest(secret.encode(), f"endpoint scan {scan}".encode(), "sha256"))
    return "CT-" + "".join(
        ALPHABET[drawn // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH)
    )


def differ(reads: Sequence[Decimal], *, limit: int) -> bool:
    """Do the first two differ by more than `limit` percentage points?"""
    return len(reads) >= READERS and abs(reads[0] - reads[1]) > limit


def needs_reader(reads: Sequence[Decimal], *, limit: int) -> bool:
    """Is a further reader asked? The first two always, a third when they differ."""
    return len(reads) < READERS or (len(reads) == READERS and differ(reads, limit=limit))


def endpoint(reads: Sequence[Decimal], *, limit: int) -> Decimal | None:
    """The mean of two readers who agree, else what the third one reads; None while it is open."""
    if needs_reader(reads, limit=limit):
        return None
    return reads[READERS] if differ(reads, limit=limit) else sum(reads[:READERS], Decimal(0)) / READERS


def place_in_line(reader: int, code: str) -> str:
    """Each reader goes through the codes in an order of their own that follows from nothing about the scans."""
    return sha256(f"{reader}:{code}".encode()).hexdigest()
