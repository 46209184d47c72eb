"""Declares, beside each model, what the history keeps of it and what the application role may do.

The declarations are turned into triggers and grants by `privileges.secure_database` after every migrate.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Model


@dataclass(frozen=True)
class Tracking:
    """How one table is kept.

    privileges: what the application role may do ("" for sealed tables).
    history: the table that receives its events.
    ignored: columns left out of history (a change of these alone is no event).
    reason: a change of a value that was there, or a DELETE, needs a reason; the trigger refuses it otherwise.
    without_reason: columns that move by themselves, such as a state.
    append_only: a row, once written, is never changed nor removed, not even by the owner.
    """

    privileges: str
    history: str
    ignored: tuple[str, ...]
    reason: bool
    without_reason: tuple[str, ...]
    append_only: bool


TRACKED: dict[type[Model], Tracking] = {}
UNTRACKED: dict[type[Model], tuple[str, str]] = {}
STATE_MACHINES: list[tuple[type[Model], str, dict[str, tuple[str, ...]]]] = []
GUARDS: dict[type[Model], tuple[str, tuple[str, ...]]] = {}


def audited(
    *,
    privileges: str = "SELECT, INSERT, UPDATE",
    history: str = "audit_event",
    ignored: Iterable[str] = (),
    reason: bool = False,
    without_reason: Iterable[str] = (),
    append_only: bool = False,
) -> Callable[[type[Model]], type[Model]]:
    """Every insert, update and delete of this model is kept in history by a trigger."""

    def declare(model: type[Model]) -> type[Model]:
        TRACKED[model] = Tracking(
            privileges, history, tuple(ignored), reason, ("version", *without_reason), append_only
        )
        return model

    return declare


def untracked(*, privileges: str, because: str) -> Callable[[type[Model]], type[Model]]:
    """A table without study data (a queue, the history itself); says why it needs no history."""

    def declare(model: type[Model]) -> type[Model]:
        UNTRACKED[model] = (privileges, because)
        return model

    return declare


def state_machine(
    field: str, transitions: dict[str, tuple[str, ...]]
) -> Callable[[type[Model]], type[Model]]:
    """`field` of this model moves only along `transitions` (from -> allowed targets), kept by a trigger."""

    def declare(model: type[Model]) -> type[Model]:
        STATE_MACHINES.append((model, field, transitions))
        return model

    return declare


def guard(model: type[Model], function: str, *arguments: str) -> None:
    """Before every change of this model the database asks its trigger `function`, which may refuse."""
    GUARDS[model] = (function, arguments)
