"""A verdict as a page shows it: in the reader's language, each criterion with the registry's clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, gettext, pgettext

from enrollment.models import EligibilityAssessment
from enrollment.rules import (
    Facts,
    Outcome,
    Result,
    Verdict,
    facts_from_json,
    shown,
    undetermined_criteria,
    unmet_criteria,
)
from enrollment.rules.facts import LABELS
from trial_site.core.datasets import HIDDEN
from trial_site.core.protocol import Protocol, Text
from trial_site.monitoring.masking import ever_hidden


@dataclass(frozen=True)
class Note:
    """An interpretation: the registry's reading beside the one chosen, and why."""

    number: int
    topic: str
    registry: str
    default: str
    why: str


@dataclass(frozen=True)
class ShownCriterion:
    """One criterion, or a group of them with its parts."""

    code: str
    outcome: str
    title: str
    reason: str
    value: str
    dated: date | None
    source: str
    clause: str
    notes: list[Note]
    parts: list["ShownCriterion"]


def criterion(result: Result, protocol: Protocol) -> ShownCriterion:
    declared = protocol.criterion_by_code[result.code]
    return ShownCriterion(
        code=result.code,
        outcome=result.outcome.code,
        title=spoken(declared.title),
        reason=result.reason.text(gettext, written),
        value=shown(result.value, gettext, written),
        dated=result.dated,
        source=shown(result.source, gettext),
        clause=spoken(declared.clause),
        notes=notes(protocol, result.code),
        parts=[criterion(part, protocol) for part in result.parts],
    )


def notes(protocol: Protocol, code: str) -> list[Note]:
    return [
        Note(
            entry.number,
            spoken(entry.topic),
            spoken(entry.registry),
            spoken(entry.default),
            spoken(entry.why),
        )
        for entry in protocol.interpretations_of(code)
    ]


def titles(verdict: Verdict, protocol: Protocol) -> dict[str, dict[str, str]]:
    """Codes and titles of the criteria that fail and of those that cannot be determined."""

    def of(results: tuple[Result, ...]) -> dict[str, str]:
        return {result.code: spoken(protocol.criterion_by_code[result.code].title) for result in results}

    return {"failed": of(unmet_criteria(verdict)), "undetermined": of(undetermined_criteria(verdict))}


def panel(verdict: Verdict, protocol: Protocol) -> dict[str, Any]:
    """What the template of the verdict reads."""
    return {
        "verdict": verdict,
        "outcome": verdict.outcome.code,
        "summary": verdict.whole.reason.text(gettext, written),
        "criteria": [criterion(result, protocol) for result in verdict.criteria],
        "today": verdict.on,
    }


class Since(NamedTuple):
    """One value or criterion that is no longer what was signed."""

    label: str
    old: str
    new: str


def changed_since(signed: EligibilityAssessment, facts: Facts, verdict: Verdict) -> list[Since]:
    """Values and outcomes that differ from those of an earlier signature, in the order of the form."""
    screening = getattr(signed.subject, "screening", None)
    hidden = ever_hidden(screening) if screening else frozenset()
    before = facts_from_json(signed.facts)
    pairs = [(name, getattr(before, name), getattr(facts, name)) for name in LABELS]
    values = [
        Since(
            gettext(LABELS[name]),
            HIDDEN if name in hidden else shown(old, gettext, written),
            shown(new, gettext, written),
        )
        for name, old, new in pairs
        if old != new
    ]
    was = {code: Outcome[outcome.upper()] for code, outcome in outcomes_in(signed.verdict["criteria"])}
    outcomes = [
        Since(leaf.code, gettext(was[leaf.code].label), gettext(leaf.outcome.label))
        for leaf in verdict.leaves
        if was.get(leaf.code, leaf.outcome) is not leaf.outcome
    ]
    return values + outcomes


def outcomes_in(criteria: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for result in criteria:
        yield result["code"], result["outcome"]
        yield from outcomes_in(result.get("parts", []))


def spoken(text: Text) -> str:
    return text.text(get_language())


def written(value: object) -> str:
    """Dates so that day and month cannot be confused, numbers without endless decimals."""
    if isinstance(value, date):
        return format_date(value, pgettext("how a date is written", "j M Y"))
    return str(round(value, 4) if isinstance(value, Decimal) else value)
