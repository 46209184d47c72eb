"""What holds for all facts: a verdict, a second reading that agrees, and no settled thing unsettled."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enrollment.rules import Facts, Outcome, assess, facts_as_json, facts_from_json, verdict_as_json
from enrollment.rules.answers import Answer
from enrollment.rules.facts import LABELS
from enrollment.rules.finding import RULES
from tests.rules import oracle
from tests.rules.people import MET, NOT_MET, PEOPLE, PROTOCOL, TODAY, by_code, facts
from tests.rules.strategies import any_facts, assessment_days, edge_values, value_of

LETTERS = {"Y": Outcome.MET, "N": Outcome.NOT_MET, "U": Outcome.CANNOT_DETERMINE, "W": Outcome.NOT_YET}
thorough = settings(max_examples=300)


def agree(known: Facts, on: date) -> None:
    found = assess(known, PROTOCOL, on)
    expected = oracle.letters(facts_as_json(known), on)
    assert by_code(found) | {"ALL": found.outcome} == {code: LETTERS[one] for code, one in expected.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_a_second_reading_agrees_at_every_edge_of_every_fact(person) -> None:
    for name in LABELS:
        for value in (None, *edge_values(name)):
            agree(facts(person, **{name: value}), TODAY)


@thorough
@given(any_facts(), assessment_days())
def test_a_second_reading_of_the_registry_record_agrees(known: Facts, on) -> None:
    agree(known, on)


@thorough
@given(any_facts(), assessment_days())
def test_every_verdict_can_be_said_and_kept(known: Facts, on) -> None:
    found = assess(known, PROTOCOL, on)
    assert all(leaf.reason.text() for leaf in found.leaves)
    assert facts_from_json(facts_as_json(known)) == known
    assert verdict_as_json(found) == verdict_as_json(assess(known, PROTOCOL, on))


# Where absent does not simply mean "not known yet": no plan; nothing to ask of a man; no gas that was not needed.
ABSENT_MEANS_SOMETHING = {
    "planned_infusion_date",
    "sex",
    "childbearing_potential",
    "pregnant",
    "lactating",
    "pregnancy_test_result",
    "recent_delivery",
    "oxygen_device",
    "pao2_fio2_mmhg",
    "igg_acute_titre",
    "igg_acute_date",
    "igg_convalescent_titre",
    "igg_convalescent_date",
}


@thorough
@given(any_facts(), st.data())
def test_learning_an_unknown_fact_changes_nothing_that_is_settled(known: Facts, data) -> None:
    assume(known.symptom_onset_date is not None)
    unknown = [name for name in LABELS if getattr(known, name) is None and name not in ABSENT_MEANS_SOMETHING]
    assume(unknown)
    name = data.draw(st.sampled_from(unknown))
    before = by_code(assess(known, PROTOCOL, TODAY))
    after = by_code(assess(replace(known, **{name: data.draw(value_of(name))}), PROTOCOL, TODAY))
    settled = {code: outcome for code, outcome in before.items() if outcome in (MET, NOT_MET)}
    assert {code: after[code] for code in settled} == settled


@thorough
@given(any_facts(), st.data())
def test_a_yes_moves_a_criterion_one_way_only(known: Facts, data) -> None:
    name, codes, direction = data.draw(st.sampled_from(ONE_WAY))
    before = by_code(assess(replace(known, **{name: Answer.NO}), PROTOCOL, TODAY))
    after = by_code(assess(replace(known, **{name: Answer.YES}), PROTOCOL, TODAY))
    for code in codes:
        assert (after[code] - before[code]) * direction >= 0


BETTER, WORSE = 1, -1
ONE_WAY = [
    ("symptom_cough", ("IN02", "IN04a"), BETTER),
    ("symptom_fever", ("IN02",), BETTER),
    ("disease_lung", ("IN05b", "IN05"), BETTER),
    ("immune_deficiency", ("IN05c", "IN05"), BETTER),
    ("shock", ("IN01b6", "IN01b"), WORSE),
    ("pregnant", ("EX03", "IN05e", "IN05"), WORSE),
    ("lactating", ("EX03", "IN05e", "IN05"), WORSE),
    ("mental_illness", ("EX04",), WORSE),
    ("unsuitable_for_cells", ("EX08",), WORSE),
    ("active_tuberculosis", ("EX07",), WORSE),
]


@thorough
@given(any_facts())
def test_only_eligible_when_every_criterion_of_the_highest_level_is_met(known: Facts) -> None:
    found = assess(known, PROTOCOL, TODAY)
    assert (found.outcome is MET) == all(result.outcome is MET for result in found.criteria)
    assert (found.outcome is NOT_MET) == any(result.outcome is NOT_MET for result in found.criteria)


class Watched:
    """Facts that remember what was asked of them."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.asked = facts, set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self.facts, name)


@thorough
@given(any_facts())
def test_each_rule_looks_only_at_the_facts_it_names(known: Facts) -> None:
    for rule in RULES.values():
        watched = Watched(known)
        rule.find(watched, PROTOCOL, TODAY)  # type: ignore[arg-type]
        assert watched.asked <= set(rule.uses), rule.code
