"""What one criterion finds in the facts, and the list of all criteria."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

from enrollment.rules.answers import Answer
from enrollment.rules.facts import LABELS, Facts
from enrollment.rules.logic import Outcome
from enrollment.rules.partial import PartialDate
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Limit


class Finding(NamedTuple):
    """An outcome and why. `dated` is the day of the value; after `holds_until` it must be looked at again."""

    outcome: Outcome
    reason: Message
    value: object = None
    dated: date | None = None
    holds_until: date | None = None


Find = Callable[[Facts, Protocol, date], Finding]


class Rule(NamedTuple):
    """`uses` names the facts the criterion may look at, the decisive one first."""

    code: str
    uses: tuple[str, ...]
    find: Find


RULES: dict[str, Rule] = {}


def criterion(code: str, *uses: str) -> Callable[[Find], Find]:
    """Declares a function as the rule of one criterion of the protocol."""

    def declare(find: Find) -> Find:
        RULES[code] = Rule(code, uses, find)
        return find

    return declare


def decided(
    holds: bool,
    reason: Message,
    value: object = None,
    dated: date | None = None,
    holds_until: date | None = None,
) -> Finding:
    return Finding(Outcome.MET if holds else Outcome.NOT_MET, reason, value, dated, holds_until)


def open_question(reason: Message, value: object = None, dated: date | None = None) -> Finding:
    return Finding(Outcome.CANNOT_DETERMINE, reason, value, dated)


@cache
def not_recorded(*names: str) -> Finding:
    return open_question(Message(NOT_RECORDED, {"fields": tuple(Message(LABELS[name]) for name in names)}))


def dated_after(name: str, day: date) -> Finding:
    """A fact of the future says nothing about today."""
    return open_question(Message(FROM_THE_FUTURE, {"field": Message(LABELS[name]), "date": day}), dated=day)


def inexact(day: PartialDate) -> Finding:
    """A partial date some of whose days would decide one way and some the other."""
    return open_question(Message(NOT_EXACT, {"date": day}), day)


def absent(facts: Facts, *names: str) -> tuple[str, ...]:
    """Those of `names` for which nothing is recorded."""
    return tuple(name for name in names if getattr(facts, name) in (None, "", Answer.UNKNOWN))


def within(limit: Limit, value: object) -> Outcome:
    """Does the number, if there is one, keep the limit?"""
    if value is None:
        return Outcome.CANNOT_DETERMINE
    return Outcome.MET if limit.holds(value) else Outcome.NOT_MET  # type: ignore[arg-type]


def must_be_no(facts: Facts, name: str) -> Finding:
    """A question that only a plain no answers well."""
    return _answered(facts, name, Answer.NO)


def must_be_yes(facts: Facts, name: str) -> Finding:
    return _answered(facts, name, Answer.YES)


def _answered(facts: Facts, name: str, wanted: Answer) -> Finding:
    return _judged(name, getattr(facts, name), wanted)


@cache
def _judged(name: str, answer: Answer | None, wanted: Answer) -> Finding:
    if answer not in (Answer.YES, Answer.NO):
        return not_recorded(name)
    reason = Message(ANSWERED, {"question": Message(LABELS[name]), "answer": answer})
    return decided(answer is wanted, reason, answer)


def worst(*findings: Finding) -> Finding:
    """The finding that decides when all must be met."""
    return min(findings, key=lambda finding: finding.outcome)


NOT_RECORDED = _("Not recorded: %(fields)s.")
FROM_THE_FUTURE = _("%(field)s, %(date)s, lies after the day of the assessment.")
NOT_EXACT = _("%(date)s is not exact enough to decide.")
ANSWERED = _("%(question)s: %(answer)s.")
