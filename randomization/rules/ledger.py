"""The ledger of kits as a pure function: where each kit is after its steps, and what the shelf must hold.

The database keeps the same table of steps in `sealed/ledger.sql`; tests compare the two.
"""

from collections import Counter
from collections.abc import Iterable

NOWHERE, QUARANTINE, SHELF, ASSIGNED, BENCH, READY, WARD, WASTE, DESTROYED, LOST = (
    "nowhere",
    "quarantine",
    "shelf",
    "assigned",
    "bench",
    "ready",
    "ward",
    "waste",
    "destroyed",
    "lost",
)
ON_THE_PREMISES = (QUARANTINE, SHELF, ASSIGNED, BENCH, READY, WARD, WASTE)
# step -> {where the kit is: where it is afterwards}
MOVES: dict[str, dict[str, str]] = {
    "received": {NOWHERE: QUARANTINE},
    "quarantined": {SHELF: QUARANTINE},
    "released": {QUARANTINE: SHELF},
    "assigned": {SHELF: ASSIGNED},
    "ordered": {ASSIGNED: ASSIGNED},
    "preparing": {ASSIGNED: BENCH},
    "prepared": {BENCH: READY},
    # Also of what is past preparing already, for its bag needs another kit: withdrawn, lost, or failed before.
    "failed": dict.fromkeys((ASSIGNED, BENCH, READY, WASTE), WASTE) | {DESTROYED: DESTROYED, LOST: LOST},
    "handed_over": {READY: WARD},
    "started": {WARD: WARD},
    "given": {WARD: WARD},
    "part_given": {WARD: WARD},
    "not_given": {READY: WASTE, WARD: WARD},
    "returned": {WARD: WASTE},
    "withdrawn": dict.fromkeys((QUARANTINE, SHELF, ASSIGNED, BENCH, READY, WASTE), WASTE)
    | {WARD: WARD, DESTROYED: DESTROYED, LOST: LOST},
    "destroyed": {WASTE: DESTROYED},
    "lost": dict.fromkeys(ON_THE_PREMISES, LOST),
}
# Steps that people outside the pharmacy take, and who may not be told whether one fits.
OUTSIDE = ("ordered", "handed_over", "started", "given", "part_given", "not_given", "returned")


def place_after(place: str, step: str) -> str | None:
    """None when the step does not fit: it is written down, and leaves the kit where it is."""
    return MOVES[step].get(place)


def place_of(steps: Iterable[str]) -> str:
    """Where a kit is after all its steps, in the order in which they were written down."""
    place = NOWHERE
    for step in steps:
        place = place_after(place, step) or place
    return place


def balance(ledger: Iterable[tuple[str, str]]) -> Counter[str]:
    """How many kits are at each place, from (kit number, step) in order."""
    steps: dict[str, list[str]] = {}
    for kit, step in ledger:
        steps.setdefault(kit, []).append(step)
    return Counter(place_of(taken) for taken in steps.values())
