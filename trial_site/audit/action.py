"""An action: one atomic, attributed change. Who, role, site, why and which request reach the history through
a transaction-local setting, set as the first statement (works under PgBouncer in transaction mode)."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Protocol

from django.db import DatabaseError, connection, transaction


class Attributable(Protocol):
    """Whoever may act: a person or a system task."""

    def audit_context(self) -> dict[str, Any]: ...


# SQLSTATE of a trigger -> the refusal a person is told; filled by the apps whose triggers refuse.
REFUSALS: dict[str, Callable[[], Exception]] = {}
request_id: ContextVar[str] = ContextVar("request_id", default="")
_current: ContextVar[str] = ContextVar("trial_context", default="")


def _set_context(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('trial.context', %s, true)", [value])


@contextmanager
def attributed(by: Attributable, *, action: str, reason: str = ""):
    """Writes inside carry this attribution; nests, and gives the outer attribution back."""
    context = json.dumps(
        by.audit_context() | {"action": action, "reason": reason, "request": request_id.get()}
    )
    outer = _current.get()
    token = _current.set(context)
    try:
        _set_context(context)
        yield
        _set_context(outer)
    finally:
        _current.reset(token)


@contextmanager
def _told():
    try:
        yield
    except DatabaseError as error:
        refusal = REFUSALS.get(getattr(error.__cause__, "pgcode", ""))
        if refusal is None:
            raise
        raise refusal() from None


@contextmanager
def _kept():
    """What is to be known of a failed attempt is written when the outermost transaction has been rolled back."""
    try:
        yield
    except Exception as error:
        keep: Any = getattr(error, "keep", None)
        if keep and not connection.in_atomic_block:
            error.keep = None  # type: ignore[attr-defined]
            keep()
        raise


def action(function: Callable | None = None, *, durable: bool = False) -> Any:
    """Make `function(..., by=, ...)` one transaction whose writes are attributed to `by`.

    A keyword `reason` given to the function is kept in history. `durable` refuses to run inside another
    transaction: what it wrote is committed when it returns.
    """
    if function is None:
        return lambda undecorated: action(undecorated, durable=durable)
    name = f"{function.__module__.split('.actions')[0]}.{function.__name__}"

    @wraps(function)
    def perform(*args: Any, by: Attributable, **kwargs: Any) -> Any:
        with (
            _kept(),
            _told(),
            transaction.atomic(durable=durable),
            attributed(by, action=name, reason=kwargs.get("reason") or ""),
        ):
            return function(*args, by=by, **kwargs)

    return perform
