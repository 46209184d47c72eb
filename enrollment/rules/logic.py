"""Three-valued logic, and a fourth value for what only time will open.

The outcomes are ordered, so that a group of "all" is as good as its worst part and a group of "any" as good as
its best: one "not met" outweighs what cannot be determined, and "cannot be determined" never counts as met.
"""

from collections.abc import Iterable
from enum import IntEnum

from enrollment.rules.answers import Answer
from enrollment.rules.wording import _


class Outcome(IntEnum):
    """How one requirement stands. For an exclusion, met means that it does not apply."""

    NOT_MET = 0
    CANNOT_DETERMINE = 1
    NOT_YET = 2
    MET = 3

    @property
    def code(self) -> str:
        return self.name.lower()

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]


OUTCOME_LABELS = {
    Outcome.NOT_MET: _("not met"),
    Outcome.CANNOT_DETERMINE: _("cannot be determined"),
    Outcome.NOT_YET: _("not yet"),
    Outcome.MET: _("met"),
}


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    return min(outcomes, default=Outcome.MET)


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, default=Outcome.NOT_MET)


def opposite(outcome: Outcome) -> Outcome:
    """Met for not met and the other way round; what is open stays open."""
    return {Outcome.MET: Outcome.NOT_MET, Outcome.NOT_MET: Outcome.MET}.get(outcome, outcome)


def yes(answer: Answer | None) -> Outcome:
    """Met for a yes, not met for a no; unknown or not recorded cannot be determined."""
    if answer is Answer.YES:
        return Outcome.MET
    return Outcome.NOT_MET if answer is Answer.NO else Outcome.CANNOT_DETERMINE
