"""Verdicts per second: the rules beside hand-written ifs that fill the same list of criteria.

    python -m benchmarks.verdicts [--rounds 30]

The ifs are the second reading in tests/rules/oracle.py. They answer with one letter per criterion; the rules also
say why, with which value, of which day, from which source and until when. Both take turns, so that a busy machine
slows them alike; the figure of each is its median. Needs no database.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from enrollment.rules import assess, facts_from_json
from tests.rules import oracle
from tests.rules.people import MR_WANG, MS_LI, PROTOCOL, TODAY

AIM = 0.3
PEOPLE = [MR_WANG, MS_LI, MR_WANG | {"respiratory_rate": 31, "spo2_percent": 92}, {"sex": "female"}]
KNOWN = [facts_from_json(person) for person in PEOPLE]
REPEATS = 20


def by_rules() -> None:
    for facts in KNOWN:
        assess(facts, PROTOCOL, TODAY)


def by_hand() -> None:
    for person in PEOPLE:
        oracle.letters(person, TODAY)


def per_second(judge: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(REPEATS):
        judge()
    return REPEATS * len(PEOPLE) / (time.perf_counter() - began)


def same_list() -> bool:
    """Both fill the same list: every criterion, and the whole."""
    counted: list[Any] = [oracle.letters(person, TODAY) for person in PEOPLE]
    return all(
        len(letters) == 1 + count(assess(facts, PROTOCOL, TODAY).criteria)
        for letters, facts in zip(counted, KNOWN, strict=True)
    )


def count(results: Any) -> int:
    return sum(1 + count(result.parts) for result in results)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=30)
    rounds = arguments.parse_args().rounds
    assert same_list()
    rules, hand = zip(*((per_second(by_rules), per_second(by_hand)) for _ in range(rounds)), strict=True)
    ours, theirs = statistics.median(rules), statistics.median(hand)
    print(f"verdicts per second: {ours:,.0f} by the rules, {theirs:,.0f} by hand")
    print(f"ratio {ours / theirs:.2f} (aim {AIM})")


if __name__ == "__main__":
    main()
