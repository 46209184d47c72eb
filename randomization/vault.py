"""The only door to the sealed room: thin calls of the database functions in sealed/*.sql.

Import-linter lets only randomization.actions and randomization.unblinding through here.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from trial_site.core.errors import Refused

REFUSED = "TS001"


@dataclass(frozen=True)
class Allocated:
    """What a request got; nothing here says why this kit."""

    randomization_number: str
    kit_number: str


@dataclass(frozen=True)
class KitContents:
    """What one kit contains. Only randomization.unblinding hands this on."""

    kit_number: str
    arm: str
    lot: str
    expires_on: date


@contextmanager
def _refusing():
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) != REFUSED:
            raise
        raise Refused(_("The sealed room refuses.")) from None


def _call(statement: str, parameters: list[Any]) -> list[tuple]:
    with _refusing(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def supply_open() -> bool:
    return _call("SELECT public.sealed_supply_open()", [])[0][0]


def allocate(request_id: int) -> Allocated | None:
    """None: not now, because supply is on hold or an earlier request is unfinished."""
    outcome, *numbers = _call("SELECT * FROM public.sealed_allocate(%s)", [request_id])[0]
    return Allocated(*numbers) if outcome == "allocated" else None


def disclose(access_id: int) -> list[KitContents]:
    return [KitContents(*row) for row in _call("SELECT * FROM public.sealed_disclose(%s)", [access_id])]


def break_code(access_id: int) -> str:
    """The arm of the one participant whose code break is committed. Only randomization.unblinding hands it on."""
    return _call("SELECT arm FROM public.sealed_break_code(%s)", [access_id])[0][0]


def record_preparation(
    access_id: int,
    *,
    kit: str,
    thawed_at: datetime,
    cells_millions: Decimal,
    viability_percent: Decimal,
    volume_ml: Decimal,
    checked_by_id: int,
    use_by: datetime,
) -> None:
    _call(
        "SELECT public.sealed_record_preparation(%s, %s, %s, %s, %s, %s, %s, %s)",
        [access_id, kit, thawed_at, cells_millions, viability_percent, volume_ml, checked_by_id, use_by],
    )
