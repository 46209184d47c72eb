"""Plain data (TOML, JSON) into frozen dataclasses, refusing what does not fit in one sentence naming the place."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Misfit(ValueError):
    """The data do not have the declared shape; the message says where and what was expected."""


def build(shape: type[T], data: object, where: str) -> T:
    """An instance of the dataclass `shape` from a mapping. Raises Misfit; `where` names the data to the reader."""
    if not isinstance(data, Mapping):
        raise Misfit(f"{where}: expected named values, found {data!r}.")
    declared = {f.name: f for f in fields(shape)}  # type: ignore[arg-type]
    required = [n for n, f in declared.items() if f.default is MISSING and f.default_factory is MISSING]
    if unknown := [name for name in data if name not in declared]:
        raise Misfit(f"{where}: unknown name {unknown[0]!r}.")
    if absent := [name for name in required if name not in data]:
        raise Misfit(f"{where}: {absent[0]!r} is missing.")
    hints = types_of(shape)  # type: ignore[arg-type]
    return shape(**{name: convert(hints[name], value, f"{where}.{name}") for name, value in data.items()})


@cache
def types_of(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)


def without_none(kind: Any) -> Any:
    """X for Optional[X], and any other type as it is."""
    if get_origin(kind) in (Union, UnionType):
        return next(part for part in get_args(kind) if part is not NoneType)
    return kind


def convert(kind: Any, value: object, where: str) -> Any:
    """`value` as `kind`: a dataclass, a tuple, a mapping of text, an enumeration or a plain value."""
    if value is None and NoneType in get_args(kind):
        return None
    kind = without_none(kind)
    if hasattr(kind, "read"):
        return _read(kind, value, where)
    if is_dataclass(kind):
        return build(kind, value, where)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        return _several(get_args(kind)[0], value, where)
    if get_origin(kind) is Mapping:
        return _mapping(get_args(kind)[1], value, where)
    if issubclass(kind, StrEnum):
        return _member(kind, value, where)
    return _plain(kind, value, where)


def _read(kind: Any, value: object, where: str) -> Any:
    """A kind of text that reads itself and says what it `expected`."""
    try:
        return kind.read(value)
    except ValueError:
        raise Misfit(f"{where}: {value!r} is not {kind.expected}.") from None


def _several(kind: Any, value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Misfit(f"{where}: expected a list, found {str(value)!r}.")
    return tuple(convert(kind, one, f"{where}[{place}]") for place, one in enumerate(value))


def _mapping(kind: Any, value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Misfit(f"{where}: expected named values, found {str(value)!r}.")
    return {name: convert(kind, one, f"{where}.{name}") for name, one in value.items()}


def _member(kind: type[StrEnum], value: object, where: str) -> StrEnum:
    if isinstance(value, str) and value in list(kind):
        return kind(value)
    raise Misfit(f"{where}: {value!r} is not one of {', '.join(kind)}.")


def _plain(kind: type, value: object, where: str) -> Any:
    if kind is date and isinstance(value, str):
        return _iso_date(value, where)
    if kind is Decimal:
        return _number(value, where)
    if type(value) is not kind:
        raise Misfit(f"{where}: expected {WORDS[kind]}, found {str(value)!r}.")
    return value


def _number(value: object, where: str) -> Decimal:
    """JSON may also hold it as text, which loses no digit."""
    try:
        number = Decimal(value) if type(value) in (int, str, Decimal) else None  # type: ignore[arg-type]
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise Misfit(f"{where}: expected a number, found {str(value)!r}.")
    return number


def _iso_date(value: str, where: str) -> date:
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a calendar date has no zone)
    except ValueError:
        raise Misfit(f"{where}: {value!r} is not a date like 2026-03-01.") from None


WORDS = {date: "a date", int: "a whole number", bool: "true or false", str: "text"}
