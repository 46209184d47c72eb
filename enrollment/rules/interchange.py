"""Facts and verdicts as JSON: to run the rules from outside and to keep what a signed verdict was based on."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from enrollment.rules.answers import Source
from enrollment.rules.facts import LABELS, LIMITS, Facts, ImpossibleValue
from enrollment.rules.partial import PartialDate
from enrollment.rules.verdict import Result, Verdict
from enrollment.rules.wording import Message, shown
from trial_site.core.typed import Misfit, build, types_of, without_none


class MalformedFacts(ValueError):
    """The data are no facts; the message says in one sentence why."""


def read_facts(source: str | bytes) -> Facts:
    """Facts from JSON text. Raises MalformedFacts."""
    try:
        document = json.loads(source, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError) as error:
        raise MalformedFacts(f"This is not usable JSON: {error}.") from None
    return facts_from_json(document)


def facts_from_json(document: object) -> Facts:
    """Facts from parsed JSON, such as `facts_as_json` made. Raises MalformedFacts."""
    try:
        return build(Facts, document, "facts")
    except (Misfit, ImpossibleValue) as error:
        raise MalformedFacts(str(error)) from None


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """What is known, as plain JSON values; `facts_from_json` gives equal facts back."""
    values = ((f.name, getattr(facts, f.name)) for f in fields(facts))
    return {name: _plain(value) for name, value in values if value not in (None, {})}


def verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain JSON values, reasons in English; equal facts give equal JSON."""
    return {
        "on": _plain(verdict.on),
        "protocol_version": verdict.protocol_version,
        "rule_version": verdict.rule_version,
        "overall": verdict.overall.value,
        "age": verdict.age,
        "bmi": _plain(verdict.bmi),
        "window": verdict.window and [_plain(day) for day in verdict.window],
        "holds_until": _plain(verdict.holds_until),
        "criteria": [_result(result) for result in verdict.criteria],
    }


def _result(result: Result) -> dict[str, Any]:
    told = {
        "code": result.code,
        "outcome": result.outcome.code,
        "reason": result.reason.text(),
        "holds_until": _plain(result.holds_until),
    }
    if result.logic:
        return told | {"logic": result.logic.value, "parts": [_result(part) for part in result.parts]}
    return told | {
        "value": _plain(result.value),
        "dated": _plain(result.dated),
        "source": _plain(result.source),
        "fields": list(result.fields),
    }


def _plain(value: object) -> Any:
    """Decimals as text, so that no digit is lost."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Message):
        return shown(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, (date, Decimal)) else value


def schema() -> dict[str, Any]:
    """The JSON Schema of the facts. Every name may be absent or null, which means not known."""
    kinds = types_of(Facts)
    properties = {name: _described(label, kinds[name], LIMITS.get(name)) for name, label in LABELS.items()}
    sources = {
        "type": "object",
        "propertyNames": {"enum": list(LABELS)},
        "additionalProperties": _coded(Source),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts for the eligibility rules",
        "description": "Absent or null: not known. Dates are calendar dates at the study site, YYYY-MM-DD.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties
        | {"sources": {"title": "Where values come from, by name of the fact", **sources}},
    }


def _described(label: str, kind: Any, limits: tuple[Decimal, Decimal] | None) -> dict[str, Any]:
    described: dict[str, Any] = {"title": label, "anyOf": [_typed(without_none(kind)), {"type": "null"}]}
    if limits:
        low, high = (float(limit) if limit % 1 else int(limit) for limit in limits)
        described["anyOf"][0] |= {"minimum": low, "maximum": high}
    return described


def _typed(kind: type) -> dict[str, Any]:
    if issubclass(kind, Enum):
        return _coded(kind)
    return dict(JSON_TYPES[kind])


def _coded(kind: type[Enum]) -> dict[str, Any]:
    return {"type": "string", "enum": [member.value for member in kind]}


JSON_TYPES: dict[type, dict[str, Any]] = {
    date: {"type": "string", "format": "date"},
    Decimal: {"type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]+)?$"},
    int: {"type": "integer"},
    str: {"type": "string"},
    PartialDate: {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
}
