"""Proof of SARS-CoV-2 in this episode of illness: any one of four findings."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from enrollment.rules.answers import Answer, TestResult
from enrollment.rules.days import add_days, days_between
from enrollment.rules.derived import ONSET_FACTS, onset_date
from enrollment.rules.facts import Facts
from enrollment.rules.finding import (
    Finding,
    absent,
    criterion,
    dated_after,
    decided,
    not_recorded,
    open_question,
    worst,
)
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol

TITRES = ("igg_acute_titre", "igg_acute_date", "igg_convalescent_titre", "igg_convalescent_date")


@criterion("IN03a", "pcr_result", "pcr_sample_date", *ONSET_FACTS)
def nucleic_acid_positive(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Tested positive for nucleic acid, in a sample of this episode (entry 19)."""
    return _positive(facts, protocol, on, "pcr_result", "pcr_sample_date")


@criterion("IN03b", "antigen_result", "antigen_sample_date", *ONSET_FACTS)
def antigen_positive(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Tested positive for antigen, in a sample of this episode (entry 19)."""
    return _positive(facts, protocol, on, "antigen_result", "antigen_sample_date")


@criterion("IN03c", "culture_result", "culture_sample_date", *ONSET_FACTS)
def culture_positive(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Virus isolated and cultured, from a sample of this episode (entry 19)."""
    return _positive(facts, protocol, on, "culture_result", "culture_sample_date")


def _positive(facts: Facts, protocol: Protocol, on: date, result_name: str, date_name: str) -> Finding:
    result, sampled = getattr(facts, result_name), getattr(facts, date_name)
    if result is None:
        return not_recorded(result_name)
    if result is TestResult.INDETERMINATE:
        return open_question(Message(RESULT, {"result": result}), result, sampled)
    if result is not TestResult.POSITIVE:
        return decided(False, Message(RESULT, {"result": result}), result, sampled)
    if sampled is None:
        return not_recorded(date_name)
    if sampled > on:
        return dated_after(date_name, sampled)
    return _of_this_episode(facts, protocol, sampled)._replace(value=result)


def _of_this_episode(facts: Facts, protocol: Protocol, sampled: date) -> Finding:
    """Sampled from 3 days before onset onward."""
    onset = onset_date(facts, protocol)
    if onset is None:
        return not_recorded("symptom_onset_date")
    earliest = add_days(onset, -protocol.tests.days_before_onset)
    told = {"date": sampled, "earliest": earliest}
    if sampled < earliest:
        return decided(
            False, Message(_("Sampled on %(date)s; counts from %(earliest)s on."), told), dated=sampled
        )
    return decided(True, Message(_("Positive, sampled on %(date)s."), told), dated=sampled)


@criterion("IN03d", *TITRES, "igg_paired", *ONSET_FACTS)
def igg_rose_fourfold(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Convalescent IgG at least four times the acute one: two dated titres, 7 days apart (entry 18)."""
    pair = _pair(facts)
    if pair is None and facts.igg_paired is Answer.NO:
        return decided(False, Message(_("No pair of titres.")))
    if pair is None:
        return not_recorded(*absent(facts, *TITRES))
    if pair.last > on:
        return dated_after("igg_convalescent_date", pair.last)
    if pair.days < protocol.tests.igg_interval_days:
        return decided(
            False, Message(_("Not usable: the samples are %(days)s days apart."), {"days": pair.days})
        )
    return worst(_of_this_episode(facts, protocol, pair.acute_date), _risen(pair, protocol))


class Pair(NamedTuple):
    """Two dated titres."""

    acute: Decimal
    acute_date: date
    convalescent: Decimal
    convalescent_date: date

    @property
    def days(self) -> int:
        return days_between(self.acute_date, self.convalescent_date)

    @property
    def last(self) -> date:
        return max(self.acute_date, self.convalescent_date)


def _pair(facts: Facts) -> Pair | None:
    values = [getattr(facts, name) for name in TITRES]
    return None if None in values else Pair(*values)


def _risen(pair: Pair, protocol: Protocol) -> Finding:
    ratio = pair.convalescent / pair.acute
    needed = protocol.tests.igg_ratio
    reason = Message(
        _("Ratio %(ratio)s; required %(limit)s."), {"ratio": round(ratio, 2), "limit": str(needed)}
    )
    return decided(needed.holds(ratio), reason, ratio, pair.convalescent_date)


RESULT = _("Result: %(result)s.")
