"""What the database itself keeps: states, privileges and functions."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils.text import capfirst

from trial_site.audit.privileges import ROOM, declared_functions, histories, table_privileges
from trial_site.audit.tracking import STATE_MACHINES, TRACKED, UNTRACKED
from trial_site.exports.generated_docs.markdown import YES, code, table

CALLERS = {
    "application": "**the application role**",
    "trigger": "triggers",
    "owner": "functions of this list, as the owner",
}


def states() -> Iterator[str]:
    yield "# States"
    yield "A trigger of the database refuses every step that is not drawn here."
    for model, field, transitions in STATE_MACHINES:
        yield f"## {capfirst(model._meta.verbose_name)}"
        yield f"{model.__doc__} Column `{field}` of `{model._meta.db_table}`."
        yield "\n".join(["```mermaid", "stateDiagram-v2", *drawing(model, field, transitions), "```"])


def drawing(model: type[Model], field: str, transitions: dict[str, tuple[str, ...]]) -> Iterator[str]:
    column: Any = model._meta.get_field(field)
    for state, label in column.flatchoices:
        yield f'    state "{label}" as {state}'
    yield f"    [*] --> {column.get_default()}"
    for state, targets in transitions.items():
        for target in targets or ("[*]",):
            yield f"    {state} --> {target}"


def database_privileges() -> Iterator[str]:
    yield "# What the application role may do in the database"
    yield (
        "Web, worker, exports and shell connect as this role. After every migrate all privileges are revoked and"
        " granted again from this list; `manage.py doctor` compares it with the database. Tables of the sealed room"
        f" stand in the schema `{ROOM}`, which the role may not use; all others in `public`."
    )
    yield table(
        ["Table", "May", "History", "Change needs a reason"],
        (
            [code(name), may or "**nothing**", kept(name), YES if needs_reason(name) else ""]
            for name, may in sorted(table_privileges().items())
        ),
    )
    yield "## Functions"
    yield "The closed list. EXECUTE is revoked from everyone and granted to the application role where it says so."
    yield table(
        ["Function", "Called by", "Promise"],
        (
            [code(function.name), CALLERS[function.caller], function.promise]
            for function in declared_functions()
        ),
    )


def kept(name: str) -> str:
    """Where the history of a table goes, or why it has none."""
    history = {model._meta.db_table: code(tracking.history) for model, tracking in TRACKED.items()}
    history |= {model._meta.db_table: because for model, (_, because) in UNTRACKED.items()}
    history |= {model._meta.db_table: "It is the history itself." for model in histories()}
    history |= dict.fromkeys(settings.WORKING_TABLES, "Of Django and its packages; no study data.")
    return history[name]


def needs_reason(name: str) -> bool:
    return any(tracking.reason for model, tracking in TRACKED.items() if model._meta.db_table == name)
