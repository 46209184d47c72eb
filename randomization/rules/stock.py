"""What the pharmacy has, as the sealed room answers it, and what follows from it. Only randomization.unblinding hands
such answers on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from randomization.rules.ledger import ON_THE_PREMISES, balance, place_after, place_of


@dataclass(frozen=True)
class StockedKit:
    """A kit of a study site and where it is."""

    number: str
    arm: str
    lot: str
    expires_on: date
    shipment: str
    vials: int
    storage_place: str
    place: str
    usable: bool
    bag: str | None = None


@dataclass(frozen=True)
class Shipment:
    """A consignment as it arrived; `excursion` says what went wrong with its temperature."""

    number: str
    received_at: datetime
    condition: str
    warmest_c: Decimal
    coldest_c: Decimal
    excursion: str


@dataclass(frozen=True)
class Movement:
    """One row of the ledger; without a person it was the system."""

    kit_number: str
    step: str
    place: str
    at: datetime
    person_id: int | None
    second_person_id: int | None
    residual_ml: Decimal | None
    note: str
    recorded_at: datetime


@dataclass(frozen=True)
class Traced:
    """Where a kit of a lot is, and whose bag it fills; `given` when an infusion from it began."""

    kit_number: str
    place: str
    bag: str | None
    participant: str | None
    given: bool


@dataclass(frozen=True)
class StudyBag:
    """What a participant's bag was filled with and what became of it; None where it was not prepared, or stayed."""

    subject_id: int
    bag: str
    arm: str
    lot: str
    cells_millions: Decimal | None
    viability_percent: Decimal | None
    volume_ml: Decimal | None
    handed_over_at: datetime | None
    returned_at: datetime | None
    residual_ml: Decimal | None


@dataclass(frozen=True)
class Recall:
    """A lot that was withdrawn as a whole."""

    lot: str
    cause: str
    note: str
    at: datetime


@dataclass(frozen=True)
class Message:
    """One message of a query about the pharmacy's records, and the state it left the query in."""

    query: str
    about: str
    state: str
    text: str
    person_id: int
    at: datetime


@dataclass(frozen=True)
class PharmacyQuery:
    """A query about a kit or a shipment, or with an empty `about` about the accounts as a whole."""

    number: str
    messages: list[Message]

    @property
    def about(self) -> str:
        return self.messages[0].about

    @property
    def state(self) -> str:
        return self.messages[-1].state

    @property
    def is_unsettled(self) -> bool:
        return self.state in ("open", "answered")


def by_query(messages: Iterable[Message]) -> list[PharmacyQuery]:
    """The unsettled ones first, then in the order in which they were opened."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.query, []).append(message)
    queries = [PharmacyQuery(number, said) for number, said in found.items()]
    return sorted(queries, key=lambda query: not query.is_unsettled)


@dataclass(frozen=True)
class Closure:
    """The unblinded monitor closed or opened the accounts; `stands` while they are closed by it."""

    closed: bool
    note: str
    person_id: int
    at: datetime
    stands: bool


@dataclass(frozen=True)
class SupplyHold:
    """Is the site on hold; how many kits of each arm are kept back, and below which number the pharmacy is warned."""

    held: bool
    reason: str | None
    since: datetime | None
    reserve: int
    warning: int


@dataclass(frozen=True)
class ArmStock:
    """The kits of one arm: how many may be given, and how many are where."""

    arm: str
    usable: int
    places: Counter[str]

    def is_short(self, hold: SupplyHold) -> bool:
        return self.usable < hold.warning

    def closes_supply(self, hold: SupplyHold) -> bool:
        return self.usable <= hold.reserve


def by_arm(kits: Iterable[StockedKit], arms: Sequence[str]) -> list[ArmStock]:
    """One line per arm of the protocol, also of one that has no kit at all."""
    kits = list(kits)
    return [
        ArmStock(
            arm,
            sum(kit.usable for kit in kits if kit.arm == arm),
            Counter(kit.place for kit in kits if kit.arm == arm),
        )
        for arm in arms
    ]


@dataclass(frozen=True)
class Account:
    """The whole way of one kit. `unexpected` are rows that did not fit, which people must explain."""

    kit: StockedKit
    movements: list[Movement]

    @property
    def unexpected(self) -> list[Movement]:
        found, place = [], "nowhere"
        for movement in self.movements:
            after = place_after(place, movement.step)
            if after is None:
                found.append(movement)
            place = after or place
        return found

    @property
    def agrees(self) -> bool:
        """Does the ledger, replayed, lead to where the database says the kit is?"""
        return place_of(movement.step for movement in self.movements) == self.kit.place


def accounts(kits: Iterable[StockedKit], ledger: Iterable[Movement]) -> list[Account]:
    rows: dict[str, list[Movement]] = {}
    for movement in ledger:
        rows.setdefault(movement.kit_number, []).append(movement)
    return [Account(kit, rows.get(kit.number, [])) for kit in kits]


def in_stock(ledger: Iterable[Movement]) -> int:
    """How many kits must be on the premises, by the ledger alone."""
    counted = balance((movement.kit_number, movement.step) for movement in ledger)
    return sum(counted[place] for place in ON_THE_PREMISES)
