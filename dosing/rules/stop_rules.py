"""Stop rules around the infusion: what a measurement asks for."""

from collections.abc import Mapping
from typing import Any

from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Response, StopRule


def fired(values: Mapping[str, Any], protocol: Protocol) -> list[StopRule]:
    """The rules that these values meet, one for each vital sign: the one that asks for more."""
    strictest: dict[str, StopRule] = {}
    for rule in protocol.infusion.stop_rules:
        value = values.get(rule.field)
        if value is None or not rule.limit.holds(value):
            continue
        if rule.field not in strictest or rule.response == Response.STOP:
            strictest[rule.field] = rule
    return list(strictest.values())
