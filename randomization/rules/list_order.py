"""Were allocations taken in list order, without hole or reuse, and does everyone's record say the same?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Binding:
    """What the sealed room says: a place of the list given to a request, as the `turn`-th of all."""

    place: int
    request_id: int
    randomization_number: str
    kit_number: str
    turn: int


@dataclass(frozen=True)
class Record:
    """What everyone may read of one participant: request, randomization if it is finished, and kits."""

    request_id: int | None
    place: int | None
    randomization_number: str | None
    kit_numbers: tuple[str, ...]


def broken_promises(bindings: Sequence[Binding], records: Iterable[Record]) -> Iterator[str]:
    """One sentence per finding, safe for anyone to read; none when every promise holds."""
    yield from _order(bindings)
    yield from _reuse(bindings)
    bound = {binding.request_id: binding for binding in bindings}
    for record in records:
        yield from _disagreement(record, bound.pop(record.request_id or 0, None))
    for binding in bound.values():
        yield f"Place {binding.place} was given to a request that does not exist."


def _order(bindings: Sequence[Binding]) -> Iterator[str]:
    taken = {binding.place for binding in bindings}
    for place in sorted(set(range(1, max(taken, default=0))) - taken):
        yield f"Place {place} of the list was skipped."
    places = [binding.place for binding in sorted(bindings, key=lambda b: b.turn)]
    for earlier, later in pairwise(places):
        if later < earlier:
            yield f"Place {later} was taken after place {earlier}."


def _reuse(bindings: Sequence[Binding]) -> Iterator[str]:
    for what, name in (
        ("Place", "place"),
        ("Request", "request_id"),
        ("Randomization number", "randomization_number"),
        ("Kit", "kit_number"),
    ):
        uses = Counter(getattr(binding, name) for binding in bindings)
        yield from (f"{what} {value} was used {times} times." for value, times in uses.items() if times > 1)


def _disagreement(record: Record, binding: Binding | None) -> Iterator[str]:
    if binding is None:
        if record.randomization_number:
            yield f"Randomization {record.randomization_number} has no place in the list."
        return
    if record.place != binding.place:
        yield f"The request for place {record.place} was given place {binding.place}."
    if record.randomization_number is None:
        yield f"Place {binding.place} is taken, but its randomization was never recorded."
    elif record.randomization_number != binding.randomization_number:
        yield (
            f"Place {binding.place} is randomization {binding.randomization_number},"
            f" recorded as {record.randomization_number}."
        )
    elif record.kit_numbers != (binding.kit_number,):
        kits = ", ".join(record.kit_numbers) or "none"
        yield f"Randomization {binding.randomization_number} has kit {binding.kit_number}, recorded as {kits}."
