"""The end of the study says nothing but what is recorded elsewhere: who died, was lost or withdrew."""

from collections.abc import Mapping
from datetime import date
from typing import Any

# Reason of the end of study -> the recorded events of which it tells one.
TOLD = {"death": ("death",), "lost": ("lost",), "withdrawal": ("consent", "data_use")}


def end_against_records(values: Mapping[str, Any], recorded: Mapping[str, date]) -> dict[str, str]:
    """`recorded`: event -> its day. What is told must be recorded, on that day; what is recorded must be told."""
    reason, ended_on = values.get("reason"), values.get("ended_on")
    told = TOLD.get(str(reason))
    if told is None:
        return {"reason": "ended_otherwise"} if recorded and reason == "completed" else {}
    days = [recorded[event] for event in told if event in recorded]
    if not days:
        return {"reason": "no_such_end"}
    return {"ended_on": "other_end"} if ended_on and ended_on not in days else {}
