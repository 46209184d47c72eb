"""Random facts: any value a fact can take, with a liking for the days and numbers where a rule changes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from enrollment.rules import Facts
from enrollment.rules.facts import LABELS, LIMITS
from enrollment.rules.partial import PartialDate
from enrollment.rules.wording import Choice
from tests.rules.people import PEOPLE, TODAY, facts
from trial_site.core.typed import types_of, without_none

KINDS = {name: without_none(kind) for name, kind in types_of(Facts).items() if name in LABELS}
DAYS_OF_INTEREST = [0, 1, 3, 4, 7, 9, 10, 13, 14, 15, 16, 28, 29, 89, 90, 92]
EDGES = {
    "respiratory_rate": [29, 30],
    "spo2_percent": [93, 94],
    "pao2_fio2_mmhg": [300, "300.1"],
    "highest_temperature_c": ["38.9", 39],
    "high_fever_days": [3, 4],
    "cigarettes_per_day": [19, 20],
    "pack_years": ["19.9", 20],
    "igg_acute_titre": [10],
    "igg_convalescent_titre": ["39.9", 40],
    "height_cm": [170, 200],
    "weight_kg": ["86.6", "86.7", 120],
}


def days() -> st.SearchStrategy[date]:
    near = st.sampled_from(DAYS_OF_INTEREST).map(lambda n: TODAY - timedelta(days=n))
    return st.one_of(near, st.integers(-5, 40).map(lambda n: TODAY - timedelta(days=n)), st.dates())


def assessment_days() -> st.SearchStrategy[date]:
    return st.one_of(st.just(TODAY), days())


def birthdays() -> st.SearchStrategy[date]:
    return st.one_of(
        st.dates(date(1938, 1, 1), date(2010, 1, 1)),
        st.sampled_from([date(y, m, d) for y in (1940, 1960, 2008) for m, d in ((2, 28), (2, 29), (3, 1))]),
        st.dates(),
    )


def numbers(name: str) -> st.SearchStrategy[Any]:
    low, high = LIMITS[name]
    edges = st.sampled_from([KINDS[name](edge) for edge in EDGES.get(name, [int(high)])])
    if KINDS[name] is int:
        return st.one_of(edges, st.integers(int(low), int(high)))
    return st.one_of(edges, st.decimals(low, high, allow_nan=False, places=3))


def value_of(name: str) -> st.SearchStrategy[Any]:
    """Any known value of one fact."""
    kind = KINDS[name]
    if kind is date:
        return birthdays() if name == "birth_date" else days()
    if kind is PartialDate:
        return st.tuples(days(), st.sampled_from([4, 7, 10])).map(
            lambda pair: PartialDate(pair[0].isoformat()[: pair[1]])
        )
    if kind in (int, Decimal):
        return numbers(name)
    return st.sampled_from(list(kind)) if issubclass(kind, Choice) else st.sampled_from(["", "a reason"])


def edge_values(name: str) -> list[Any]:
    """Every coded answer of a fact, or the days and numbers at and beside each threshold."""
    kind = KINDS[name]
    if kind is date:
        return [TODAY - timedelta(days=n + beside) for n in DAYS_OF_INTEREST for beside in (-1, 0, 1)]
    if kind is PartialDate:
        near = [TODAY - timedelta(days=n + beside) for n in DAYS_OF_INTEREST for beside in (-1, 0, 1)]
        return sorted({PartialDate(day.isoformat()[:cut]) for day in near for cut in (4, 7, 10)})
    if kind in (int, Decimal):
        return [kind(edge) for edge in EDGES.get(name, [])]
    return list(kind) if issubclass(kind, Choice) else ["", "a reason"]


def changes(how_many: int) -> st.SearchStrategy[dict[str, Any]]:
    """New values, or none at all, for some facts."""
    one = st.sampled_from(sorted(LABELS)).flatmap(
        lambda name: st.tuples(st.just(name), st.none() | value_of(name))
    )
    return st.lists(one, max_size=how_many).map(dict)


def any_facts() -> st.SearchStrategy[Facts]:
    """Wholly random facts, and people who are nearly eligible."""
    everything = st.fixed_dictionaries({}, optional={name: value_of(name) for name in LABELS})
    nearly = st.tuples(st.sampled_from(PEOPLE), changes(6))
    return st.one_of(
        everything.map(lambda values: facts({}, **values)),
        nearly.map(lambda pair: facts(pair[0], **pair[1])),
    )
