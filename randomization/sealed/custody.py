"""Loading the allocation list and kits, as the owner role; never from the web or a worker."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from randomization.models import AllocationCommitment
from randomization.rules.allocation_list import GENERATOR, commitment, parse
from randomization.rules.kit_numbers import new_kit_numbers
from randomization.sealed.models import KitContent, Place, SealedSecret

OWNER = "owner"


class CustodyError(Exception):
    """One clear sentence for whoever runs the command; never names an arm."""


def load_list(text: bytes, *, arms: Sequence[str], at: datetime) -> AllocationCommitment:
    """Verify and load a canonical list once; publish its commitment."""
    try:
        salt, allocations = parse(text)
    except (ValueError, UnicodeDecodeError):
        raise CustodyError("The file is not an allocation list.") from None
    if {a.arm for a in allocations} != set(arms):
        raise CustodyError("The list's arms are not the protocol's arms.")
    with transaction.atomic(using=OWNER):
        if Place.objects.using(OWNER).exists():
            raise CustodyError("An allocation list is already loaded; it is never replaced.")
        SealedSecret.objects.using(OWNER).create(kit_order_key=secrets.token_bytes(32), salt=salt)
        Place.objects.using(OWNER).bulk_create(
            Place(place=a.place, randomization_number=a.number, arm=a.arm) for a in allocations
        )
        return AllocationCommitment.objects.using(OWNER).create(
            sha256=commitment(text), places=len(allocations), generator=GENERATOR, loaded_at=at
        )


def receive_kits(arms: Sequence[str], *, per_arm: int, lots: dict[str, str], expires_on: date) -> int:
    """Put `per_arm` released kits of every arm on the shelf, with fresh uninformative numbers. Returns how many.

    Rows are written in the order of their numbers, so that not even their position follows the arm.
    """
    with transaction.atomic(using=OWNER):
        taken = set(KitContent.objects.using(OWNER).values_list("number", flat=True))
        numbers = new_kit_numbers(per_arm * len(arms), taken)
        kits = [
            KitContent(number=number, arm=arm, lot=lots[arm], expires_on=expires_on, released=True)
            for number, arm in zip(numbers, [arm for arm in arms for _ in range(per_arm)], strict=True)
        ]
        KitContent.objects.using(OWNER).bulk_create(sorted(kits, key=lambda kit: kit.number))
    return len(kits)
