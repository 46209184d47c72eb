"""From facts to a verdict, criterion by criterion, along the protocol's tree."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from enrollment.rules import criteria  # noqa: F401 (declares the rules)
from enrollment.rules.answers import Source
from enrollment.rules.derived import age, bmi, window_of
from enrollment.rules.facts import Facts
from enrollment.rules.finding import RULES
from enrollment.rules.logic import Outcome, all_of, any_of
from enrollment.rules.window import Window
from enrollment.rules.wording import Choice, Message, _
from trial_site.core.protocol import Criterion, Logic, Protocol

RULE_VERSION = "1"


class Overall(Choice):
    ELIGIBLE = "eligible", _("eligible")
    NOT_ELIGIBLE = "not_eligible", _("not eligible")
    CANNOT_DETERMINE = "cannot_determine", _("cannot be determined")
    NOT_YET = "not_yet", _("not yet")


OVERALL = {
    Outcome.MET: Overall.ELIGIBLE,
    Outcome.NOT_MET: Overall.NOT_ELIGIBLE,
    Outcome.CANNOT_DETERMINE: Overall.CANNOT_DETERMINE,
    Outcome.NOT_YET: Overall.NOT_YET,
}


class Result(NamedTuple):
    """How one criterion, or one group of criteria with its `parts`, stands.

    value, dated, source: what decided it, of which day and from where. fields: the facts it may look at.
    holds_until: the last day on which this can be relied upon; None when nothing in it ages.
    """

    code: str
    outcome: Outcome
    reason: Message
    value: object = None
    dated: date | None = None
    source: Source | None = None
    holds_until: date | None = None
    fields: tuple[str, ...] = ()
    parts: tuple["Result", ...] = ()
    logic: Logic | None = None


class Verdict(NamedTuple):
    """What the rules say of a participant's facts on a day. `whole` is the tree, its parts the criteria."""

    on: date
    protocol_version: str
    rule_version: str
    whole: Result
    age: int | None
    bmi: Decimal | None
    window: Window | None

    @property
    def outcome(self) -> Outcome:
        return self.whole.outcome

    @property
    def overall(self) -> Overall:
        return OVERALL[self.outcome]

    @property
    def criteria(self) -> tuple[Result, ...]:
        """The criteria of the highest level, in the registry's order; groups carry their parts."""
        return self.whole.parts

    @property
    def leaves(self) -> tuple[Result, ...]:
        return tuple(_leaves(self.whole))

    @property
    def holds_until(self) -> date | None:
        """The last day on which every met requirement can be relied upon (CT, pregnancy test, window)."""
        return self.whole.holds_until


def assess(facts: Facts, protocol: Protocol, on: date) -> Verdict:
    """The verdict as of a calendar day at the study site. Never raises, whatever the facts."""
    parts = tuple(_result(criterion, facts, protocol, on) for criterion in protocol.parts_of[None])
    return Verdict(
        on=on,
        protocol_version=protocol.version,
        rule_version=RULE_VERSION,
        whole=_all("ALL", parts),
        age=age(facts, protocol.age.anchor, on),
        bmi=bmi(facts),
        window=window_of(facts, protocol),
    )


def unmet_criteria(verdict: Verdict) -> tuple[Result, ...]:
    """Each criterion that fails, once: the smallest one, but a group of alternatives as a whole."""
    return tuple(_with(Outcome.NOT_MET, verdict.whole))


def undetermined_criteria(verdict: Verdict) -> tuple[Result, ...]:
    """Each criterion that cannot be determined, in the same manner."""
    return tuple(_with(Outcome.CANNOT_DETERMINE, verdict.whole))


def _result(criterion: Criterion, facts: Facts, protocol: Protocol, on: date) -> Result:
    if criterion.logic is None:
        return _leaf(criterion.code, facts, protocol, on)
    parts = tuple(_result(part, facts, protocol, on) for part in protocol.parts_of[criterion.code])
    return _all(criterion.code, parts) if criterion.logic is Logic.ALL else _any(criterion.code, parts)


def _leaf(code: str, facts: Facts, protocol: Protocol, on: date) -> Result:
    rule = RULES[code]
    outcome, reason, value, dated, holds_until = rule.find(facts, protocol, on)
    source = _source(rule.uses, facts) if facts.sources else None
    return Result(code, outcome, reason, value, dated, source, holds_until, rule.uses)


def _source(uses: tuple[str, ...], facts: Facts) -> Source | None:
    """Of the most decisive fact that is there."""
    return next((facts.sources[name] for name in uses if name in facts.sources), None)


def _all(code: str, parts: tuple[Result, ...]) -> Result:
    outcome = all_of(part.outcome for part in parts)
    reason = Message(_("All are met.")) if outcome is Outcome.MET else _because(outcome, parts)
    ends = (part.holds_until for part in parts if part.holds_until)
    return Result(code, outcome, reason, holds_until=min(ends, default=None), parts=parts, logic=Logic.ALL)


def _any(code: str, parts: tuple[Result, ...]) -> Result:
    outcome = any_of(part.outcome for part in parts)
    reason = Message(_("None of them is met.")) if outcome is Outcome.NOT_MET else _because(outcome, parts)
    ends = [part.holds_until for part in parts if part.outcome is Outcome.MET]
    lasting = max((end for end in ends if end), default=None) if None not in ends else None
    return Result(code, outcome, reason, holds_until=lasting, parts=parts, logic=Logic.ANY)


def _because(outcome: Outcome, parts: tuple[Result, ...]) -> Message:
    codes = tuple(part.code for part in parts if part.outcome is outcome)
    return Message(BECAUSE[outcome], {"criteria": codes})


def _leaves(result: Result) -> Iterator[Result]:
    if not result.parts:
        yield result
    for part in result.parts:
        yield from _leaves(part)


def _with(outcome: Outcome, result: Result) -> Iterator[Result]:
    if result.logic is Logic.ALL:
        for part in result.parts:
            yield from _with(outcome, part)
    elif result.outcome is outcome:
        yield result


BECAUSE = {
    Outcome.MET: _("Met: %(criteria)s."),
    Outcome.NOT_MET: _("Not met: %(criteria)s."),
    Outcome.CANNOT_DETERMINE: _("Cannot be determined: %(criteria)s."),
    Outcome.NOT_YET: _("Not yet: %(criteria)s."),
}
