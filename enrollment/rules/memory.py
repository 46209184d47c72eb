"""What a verdict has shown of each fact, so that nobody tries values until the verdict is the wished one.

Values are those of enrollment.rules.interchange: plain JSON, absent when not known.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from enrollment.rules.logic import Outcome
from enrollment.rules.verdict import Verdict

BAD = (Outcome.NOT_MET, Outcome.CANNOT_DETERMINE)


class Shown(NamedTuple):
    """The last value of a fact that a verdict was shown with, what stands there now (None: nothing any more),
    and the criteria that used it and were not met or undetermined then."""

    value: Any
    now: Any
    not_met: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()

    @property
    def asks_for_a_reason(self) -> bool:
        return bool(self.not_met or self.undetermined)


class Replaced(NamedTuple):
    """A fact whose value changed although a criterion had been shown as not met or undetermined with it."""

    fact: str
    shown: Shown
    new: Any


Memory = Mapping[str, Shown]


def replaced(memory: Memory, facts: Mapping[str, Any]) -> list[Replaced]:
    """To enter what was never entered is no change; to empty a value is one."""
    return [
        Replaced(name, shown, facts.get(name))
        for name, shown in memory.items()
        if shown.asks_for_a_reason and facts.get(name) != shown.now
    ]


def remember(memory: Memory, facts: Mapping[str, Any], verdict: Verdict) -> dict[str, Shown]:
    """The memory after this verdict of these facts was shown."""
    kept: dict[str, Shown] = {}
    for name in {**memory, **facts}:
        if (now := facts.get(name)) is None:
            # An emptied value still belongs to the verdict that was shown with it.
            kept[name] = memory[name]._replace(now=None)
        else:
            kept[name] = Shown(now, now, *(_codes(verdict, name, outcome) for outcome in BAD))
    return kept


def _codes(verdict: Verdict, name: str, outcome: Outcome) -> tuple[str, ...]:
    return tuple(leaf.code for leaf in verdict.leaves if leaf.outcome is outcome and name in leaf.fields)


def memory_as_json(memory: Memory) -> dict[str, Any]:
    return {name: list(shown) for name, shown in memory.items()}


def memory_from_json(document: Mapping[str, Any]) -> dict[str, Shown]:
    return {
        name: Shown(value, now, tuple(not_met), tuple(undetermined))
        for name, (value, now, not_met, undetermined) in document.items()
    }
