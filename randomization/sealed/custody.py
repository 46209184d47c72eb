"""Loading the allocation list and kits, as the owner role; never from the web or a worker."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from randomization.models import AllocationCommitment
from randomization.rules.allocation_list import GENERATOR, commitment, parse
from randomization.rules.kit_numbers import new_kit_numbers, new_shipment_number
from randomization.sealed.models import KitContent, Movement, Place, SealedSecret, Shipment

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


@dataclass(frozen=True)
class Delivery:
    """One shipment to a study site, received by one pharmacist and released by two."""

    arm: str
    lot: str
    kits: int
    expires_on: date
    received_at: datetime
    released_at: datetime
    site_id: int
    pharmacists: tuple[int, int]


def receive_kits(deliveries: Sequence[Delivery]) -> int:
    """Put the kits of every delivery on the shelf, with fresh uninformative numbers. Returns how many.

    Rows are written in the order of their numbers, so that not even their position follows the arm.
    """
    with transaction.atomic(using=OWNER):
        taken = set(KitContent.objects.using(OWNER).values_list("number", flat=True))
        numbers = iter(new_kit_numbers(sum(delivery.kits for delivery in deliveries), taken))
        shipped = [(next(numbers), delivery) for delivery in deliveries for _ in range(delivery.kits)]
        shipments = {delivery: _arrival(delivery) for delivery in deliveries}
        Shipment.objects.using(OWNER).bulk_create(shipments.values())
        kits = sorted(shipped, key=lambda pair: pair[0])
        KitContent.objects.using(OWNER).bulk_create(
            _content(number, delivery, shipments[delivery]) for number, delivery in kits
        )
        for number, delivery in kits:
            for movement in _first_steps(number, delivery):
                movement.save(using=OWNER)
    return len(kits)


def _arrival(delivery: Delivery) -> Shipment:
    return Shipment(
        number=new_shipment_number(),
        site_id=delivery.site_id,
        received_at=delivery.received_at,
        condition="Dry shipper intact, seals unbroken",
        warmest_c=Decimal(-152),
        coldest_c=Decimal(-183),
    )


def _content(number: str, delivery: Delivery, shipment: Shipment) -> KitContent:
    return KitContent(
        number=number,
        arm=delivery.arm,
        lot=delivery.lot,
        expires_on=delivery.expires_on,
        shipment=shipment.number,
        vials=1,
        storage_place="Vapour phase tank 1",
    )


def _first_steps(number: str, delivery: Delivery) -> list[Movement]:
    first, second = delivery.pharmacists
    stamped = {"recorded_at": delivery.received_at, "tx": 0}  # the trigger has its own
    return [
        Movement(kit_number=number, step="received", at=delivery.received_at, person_id=first, **stamped),
        Movement(
            kit_number=number,
            step="released",
            at=delivery.released_at,
            person_id=first,
            second_person_id=second,
            **stamped,
        ),
    ]
