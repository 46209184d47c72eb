"""Does a verdict kept at the time still follow from the facts kept with it?"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from enrollment.rules.interchange import MalformedFacts, facts_from_json, verdict_as_json
from enrollment.rules.verdict import RULE_VERSION, assess
from trial_site.core.protocol import Protocol


def differences(facts: Mapping[str, Any], verdict: Mapping[str, Any], protocol: Protocol) -> list[str]:
    """What a verdict recomputed under the participant's protocol says otherwise; nothing when it is the same.

    facts, verdict: JSON as `facts_as_json` and `verdict_as_json` gave it.
    """
    if verdict["rule_version"] != RULE_VERSION:
        return [f"assessed by rules {verdict['rule_version']}; this release has {RULE_VERSION}"]
    try:
        again = assess(facts_from_json(dict(facts)), protocol, date.fromisoformat(verdict["on"]))
    except MalformedFacts as error:
        return [str(error)]
    return list(_differing(dict(verdict), verdict_as_json(again), ""))


def _differing(stored: Any, again: Any, where: str) -> Iterator[str]:
    """The places where two JSON values differ; criteria are named by their code."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for name in stored.keys() | again.keys():
            yield from _differing(stored.get(name), again.get(name), f"{where} {name}".strip())
    elif isinstance(stored, list) and isinstance(again, list):
        before, after = _by_code(stored), _by_code(again)
        for code in before | after:
            yield from _differing(before.get(code), after.get(code), f"{where} {code}".strip())
    elif stored != again:
        yield f"{where}: {stored!r} then, {again!r} now"


def _by_code(values: list[Any]) -> dict[Any, Any]:
    return {one["code"] if isinstance(one, dict) else place: one for place, one in enumerate(values)}
