"""May a text stand for a value of this ODM data type, of this length? (ODM 1.3.2, data formats)"""

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

ZONE = r"(Z|[+-]\d\d:\d\d)?"
CLOCK = rf"\d\d:\d\d:\d\d(\.\d+)?{ZONE}"
DAY = r"\d{4}-\d\d-\d\d"
PARTIAL_DAY = r"\d{4}(-\d\d(-\d\d)?)?"
PARTIAL_CLOCK = rf"\d\d(:\d\d(:\d\d(\.\d+)?)?)?{ZONE}"
PARTIAL = rf"{PARTIAL_DAY}|{DAY}T{PARTIAL_CLOCK}"
INCOMPLETE_DAY = r"(\d{4}|-)-(\d\d|-)-(\d\d|-)"
INCOMPLETE_CLOCK = r"(\d\d|-):(\d\d|-):(\d\d(\.\d+)?|-)(Z|[+-]\d\d:\d\d|-)?"
DURATION = r"-?P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
FLOAT = r"[+-]?(\d+(\.\d*)?|\.\d+)"
SHAPES = {
    "integer": r"[+-]?\d+",
    "float": FLOAT,
    "double": rf"({FLOAT})([eE][+-]?\d+)?|[+-]?INF|NaN",
    "boolean": "true|false|1|0",
    "date": DAY,
    "time": CLOCK,
    "datetime": f"{DAY}T{CLOCK}",
    "partialDate": PARTIAL_DAY,
    "partialTime": PARTIAL_CLOCK,
    "partialDatetime": PARTIAL,
    "incompleteDate": f"{PARTIAL_DAY}|{INCOMPLETE_DAY}",
    "incompleteTime": f"{PARTIAL_CLOCK}|{INCOMPLETE_CLOCK}",
    "incompleteDatetime": f"{PARTIAL}|{INCOMPLETE_DAY}(T{INCOMPLETE_CLOCK})?",
    "durationDatetime": DURATION,
    "intervalDatetime": f"({PARTIAL})/({PARTIAL}|{DURATION})|({DURATION})/({PARTIAL})",
    "hexBinary": "([0-9a-fA-F]{2})*",
    "base64Binary": r"([A-Za-z0-9+/]\s?)*(=\s?){0,2}",
    "hexFloat": "[0-9a-fA-F]*",
    "base64Float": r"[A-Za-z0-9+/=\s]*",
    "URI": r"\S*",
}
COMPILED = {name: re.compile(shape, re.ASCII) for name, shape in SHAPES.items()}
CALENDAR = {"date": date.fromisoformat, "time": time.fromisoformat, "datetime": datetime.fromisoformat}


def is_of_type(text: str, data_type: str) -> bool:
    """text and string hold anything. A date must exist in the calendar."""
    shape = COMPILED.get(data_type)
    if shape is None:
        return True
    if not shape.fullmatch(text):
        return False
    try:
        CALENDAR.get(data_type, str)(text)
    except ValueError:
        return False
    return True


def fits(text: str, data_type: str, length: int | None, decimals: int | None) -> bool:
    """Length counts the characters of a text and the digits of a number, SignificantDigits those after the point."""
    if data_type in ("text", "string"):
        return length is None or len(text) <= length
    if data_type in ("integer", "float"):
        whole, _, behind = text.lstrip("+-").partition(".")
        digits = len(whole.lstrip("0") + behind)
        return (length is None or digits <= length) and (decimals is None or len(behind) <= decimals)
    return True


def compare(text: str, limit: str, data_type: str) -> int | None:
    """-1, 0 or 1 as the value is below, at or above the limit; None where the two have no order."""
    try:
        left, right = (order_of(each, data_type) for each in (text, limit))
        return (left > right) - (left < right)
    except (ValueError, InvalidOperation, TypeError):
        return None


def order_of(text: str, data_type: str):
    if data_type in ("integer", "float", "double"):
        return Decimal(text)
    return CALENDAR.get(data_type, str)(text)


def instant(text: str) -> datetime | None:
    """A DateTimeStamp; None when it is none."""
    return datetime.fromisoformat(text.strip()) if is_of_type(text.strip(), "datetime") else None


def later(one: datetime, other: datetime) -> bool:
    """Is `one` after `other`? Stamps with and without a zone cannot be put in order."""
    return (one.tzinfo is None) == (other.tzinfo is None) and one > other
