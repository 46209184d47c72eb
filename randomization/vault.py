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

from randomization.rules.stock import (
    Closure,
    Message,
    Movement,
    Recall,
    Shipment,
    StockedKit,
    StudyBag,
    SupplyHold,
    Traced,
)
from trial_site.core.errors import Refused

REFUSED = "TS001"
BOUND = "bound"


@dataclass(frozen=True)
class Allocated:
    """What a request got; nothing here says why this kit."""

    randomization_number: str
    kit_number: str


@dataclass(frozen=True)
class KitContents:
    """What the bag known as `kit_number` contains; it is filled from kit `filled_from`, usually the same.

    Only randomization.unblinding hands this on.
    """

    kit_number: str
    arm: str
    lot: str
    expires_on: date
    filled_from: str
    storage_place: str
    usable: bool


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


def _ask(statement: str, parameters: list[Any]) -> Any:
    [(answer,)] = _call(statement, parameters)
    return answer


def supply_open(site_id: int) -> bool:
    return _ask("SELECT public.sealed_supply_open(%s)", [site_id])


def allocate(request_id: int) -> bool:
    """False: not now, because supply is on hold or an earlier request is unfinished."""
    return _ask("SELECT public.sealed_allocate(%s)", [request_id]) == BOUND


def bound(request_id: int) -> Allocated:
    """What an earlier transaction bound to the request."""
    return Allocated(*_call("SELECT * FROM public.sealed_bound(%s)", [request_id])[0])


def bind_second_kit(request_id: int) -> bool:
    """False: no second kit for anybody now."""
    return _ask("SELECT public.sealed_bind_second_kit(%s)", [request_id]) == BOUND


def second_kit(request_id: int) -> str:
    """The kit that an earlier transaction bound to a request for a second one."""
    return _ask("SELECT public.sealed_second_kit(%s)", [request_id])


def record_step(
    kit: str, *, step: str, at: datetime, person_id: int | None, second_person_id: int | None, note: str
) -> None:
    _call(
        "SELECT public.sealed_record_step(%s, %s, %s, %s, %s, %s)",
        [kit, step, at, person_id, second_person_id, note],
    )


def record_preparation_step(
    access_id: int, *, kit: str, step: str, at: datetime, second_person_id: int | None, note: str
) -> None:
    _call(
        "SELECT public.sealed_prepare_step(%s, %s, %s, %s, %s, %s)",
        [access_id, kit, step, at, second_person_id, note],
    )


def substitute(access_id: int, *, kit: str) -> bool:
    """False: no usable kit of that arm is on the shelf."""
    return _ask("SELECT public.sealed_substitute(%s, %s)", [access_id, kit])


def disclose(access_id: int) -> list[KitContents]:
    return [KitContents(*row) for row in _call("SELECT * FROM public.sealed_disclose(%s)", [access_id])]


def groups(access_id: int) -> list[tuple[int, str]]:
    """Participant key and letter of the group. Only randomization.unblinding hands it on."""
    return _call("SELECT * FROM public.sealed_groups(%s)", [access_id])


def study_arms(access_id: int) -> list[tuple[int, str]]:
    """Participant key and arm of everybody randomized. Only randomization.unblinding hands it on."""
    return _call("SELECT * FROM public.sealed_study_arms(%s)", [access_id])


def study_bags(access_id: int) -> list[StudyBag]:
    return [StudyBag(*row) for row in _call("SELECT * FROM public.sealed_study_bags(%s)", [access_id])]


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


def extend_chain() -> None:
    """Seal what is new in the room's history."""
    _call("SELECT public.sealed_extend_chain()", [])


def chain(since: int) -> list[tuple[str, int, datetime, str]]:
    """The seals of the room: chain, number, instant, hash. For unblinded roles only."""
    return _call("SELECT * FROM public.sealed_chain(%s)", [since])


def receive(
    access_id: int,
    *,
    arm: str,
    lot: str,
    expires_on: date,
    kits: int,
    vials: int,
    storage_place: str,
    received_at: datetime,
    condition: str,
    warmest_c: Decimal,
    coldest_c: Decimal,
    excursion: str,
) -> None:
    _call(
        "SELECT public.sealed_receive(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            access_id,
            arm,
            lot,
            expires_on,
            kits,
            vials,
            storage_place,
            received_at,
            condition,
            warmest_c,
            coldest_c,
            excursion,
        ],
    )


def supply_step(
    access_id: int,
    *,
    kits: list[str],
    step: str,
    at: datetime,
    second_person_id: int | None,
    residual_ml: Decimal | None,
    note: str,
) -> None:
    _call(
        "SELECT public.sealed_supply_step(%s, %s, %s, %s, %s, %s, %s)",
        [access_id, kits, step, at, second_person_id, residual_ml, note],
    )


def withdraw_lot(access_id: int, *, lot: str, cause: str, note: str) -> int:
    return _ask("SELECT public.sealed_withdraw_lot(%s, %s, %s, %s)", [access_id, lot, cause, note])


def set_hold(access_id: int, *, held: bool, reason: str) -> None:
    _call("SELECT public.sealed_set_hold(%s, %s, %s)", [access_id, held, reason])


def stock(access_id: int) -> list[StockedKit]:
    return [StockedKit(*row) for row in _call("SELECT * FROM public.sealed_stock(%s)", [access_id])]


def shipments(access_id: int) -> list[Shipment]:
    return [Shipment(*row) for row in _call("SELECT * FROM public.sealed_shipments(%s)", [access_id])]


def ledger(access_id: int) -> list[Movement]:
    return [Movement(*row) for row in _call("SELECT * FROM public.sealed_ledger(%s)", [access_id])]


def trace(access_id: int, *, lot: str) -> list[Traced]:
    return [Traced(*row) for row in _call("SELECT * FROM public.sealed_trace(%s, %s)", [access_id, lot])]


def recalls(access_id: int) -> list[Recall]:
    return [Recall(*row) for row in _call("SELECT * FROM public.sealed_recalls(%s)", [access_id])]


def hold_of(access_id: int) -> SupplyHold:
    return SupplyHold(*_call("SELECT * FROM public.sealed_hold_of(%s)", [access_id])[0])


def write_query(access_id: int, *, query: str, about: str, state: str, text: str) -> None:
    _call("SELECT public.sealed_write_query(%s, %s, %s, %s, %s)", [access_id, query, about, state, text])


def queries(access_id: int) -> list[Message]:
    return [Message(*row) for row in _call("SELECT * FROM public.sealed_queries(%s)", [access_id])]


def close_accounts(access_id: int, *, closed: bool, note: str) -> None:
    _call("SELECT public.sealed_close_accounts(%s, %s, %s)", [access_id, closed, note])


def closures(access_id: int) -> list[Closure]:
    """The latest first."""
    return [Closure(*row) for row in _call("SELECT * FROM public.sealed_closures(%s)", [access_id])]


def accounts_closed(site_id: int) -> bool:
    return _ask("SELECT public.sealed_accounts_closed(%s)", [site_id])


def was_low(site_id: int) -> bool:
    return _ask("SELECT public.sealed_was_low(%s)", [site_id])


def totals(site_id: int) -> dict[str, int]:
    """Kits that took each step, once every kit of the site is gone for good; empty until then."""
    return dict(_call("SELECT * FROM public.sealed_totals(%s)", [site_id]))
