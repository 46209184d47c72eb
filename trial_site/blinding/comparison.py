"""Two clones' findings, masked, part by part."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from trial_site.blinding.masks import Clock, Masks, NotOneToOne

AROUND = 60
SHOWN_LINES = 3


@dataclass(frozen=True)
class Difference:
    """Something that tells the clones apart, and where."""

    where: str
    shown: str


@dataclass(frozen=True)
class Size:
    """How much was compared."""

    urls: int
    rows: int
    bytes: int


def size_of(found: dict[str, Any]) -> Size:
    parts = found["parts"]
    last_rows = [text for name, text in parts if name.startswith("rows after the visits")]
    return Size(
        urls=sum(not name.startswith(("rows", "e-mail", "log", "task", "result")) for name, _ in parts),
        rows=sum(len(text.splitlines()) for text in last_rows),
        bytes=sum(len(text.encode(errors="surrogateescape")) for _, text in parts),
    )


def differences(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Difference]:
    clock = Clock.of(one, other)
    try:
        mine, theirs = (masked(found, clock) for found in (one, other))
    except NotOneToOne as error:
        yield Difference("names drawn at random", str(error))
        return
    for where in sorted(mine.keys() ^ theirs.keys()):
        yield Difference(where, "only in the " + ("first" if where in mine else "second"))
    for where in mine:
        if where in theirs and mine[where] != theirs[where]:
            yield Difference(where, excerpt(mine[where], theirs[where]))
    shared = mine.keys() & theirs.keys()
    if [name for name in mine if name in shared] != [name for name in theirs if name in shared]:
        yield Difference("order of the pages", "links lead to the same pages in another order")


def masked(found: dict[str, Any], clock: Clock) -> dict[str, str]:
    masks = Masks.of(found, clock)
    return {masks.apply(name): masks.apply(text) for name, text in found["parts"]}


def excerpt(mine: str, theirs: str) -> str:
    """The first lines that are different, each shortened around the place where the texts part."""
    lines = list(unified_diff(mine.splitlines(), theirs.splitlines(), n=0, lineterm=""))[2:]
    start = max(first_difference(mine, theirs) - AROUND, 0)
    shown = [line for sign in "-+" for line in [x for x in lines if x.startswith(sign)][:SHOWN_LINES]]
    return "\n".join(
        line if len(line) < 3 * AROUND else f"{line[0]}{line[start:][: 3 * AROUND]}" for line in shown
    )


def first_difference(mine: str, theirs: str) -> int:
    """Where in their line the texts part."""
    for one, other in zip(mine.splitlines(), theirs.splitlines(), strict=False):
        if one != other:
            return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return 0
