"""The clock of serious events, what must be reported fast, and the counters that propose a pause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from trial_site.core.protocol import StoppingRule

REPORT_WITHIN = timedelta(hours=24)
RELATED = ("possibly", "probably", "definitely")


def report_due_at(aware_at: datetime) -> datetime:
    """A serious event is reported to the sponsor within 24 hours of the site's awareness."""
    return aware_at + REPORT_WITHIN


def reported_late(aware_at: datetime, reported_at: datetime) -> bool:
    return reported_at > report_due_at(aware_at)


def must_be_expedited(*, expectedness: str, causality: str, sponsor_causality: str) -> bool:
    """A suspected unexpected serious adverse reaction: unexpected, and related as one of the two judges it."""
    return expectedness == "unexpected" and (causality in RELATED or sponsor_causality in RELATED)


@dataclass(frozen=True)
class CountedEvent:
    """What the counters ask of an adverse event, whichever arm it happened in."""

    grade: int
    serious: bool
    causality: str
    special_interest: str


@dataclass(frozen=True)
class Counter:
    """A stopping rule with its pooled count; at its limit a pause is proposed, and a person decides."""

    rule: StoppingRule
    count: int

    @property
    def reached(self) -> bool:
        return self.count >= self.rule.limit


def counters(rules: Iterable[StoppingRule], events: Iterable[CountedEvent]) -> list[Counter]:
    counted = list(events)
    return [Counter(rule, sum(counts(rule, event) for event in counted)) for rule in rules]


def counts(rule: StoppingRule, event: CountedEvent) -> bool:
    """Does an event belong to a rule? What is not judged yet counts as related."""
    return (
        event.grade >= rule.minimum_grade
        and (event.serious or not rule.serious)
        and (event.causality != "not_related" or not rule.related)
        and (not rule.special_interest or event.special_interest == rule.special_interest)
    )
