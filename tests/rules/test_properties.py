"""What holds for all facts: a verdict, a second reading that agrees, and no settled thing unsettled."""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enrollment.rules import Facts, Outcome, assess, facts_as_json, facts_from_json, verdict_as_json
from enrollment.rules.answers import Answer
from enrollment.rules.facts import LABELS
from enrollment.rules.finding import RULES
from tests.rules import oracle
from tests.rules.people import MET, NOT_MET, PROTOCOL, TODAY, by_code
from tests.rules.strategies import any_facts, assessment_days, value_of

LETTERS = {"Y": Outcome.MET, "N": Outcome.NOT_MET, "U": Outcome.CANNOT_DETERMINE, "W": Outcome.NOT_YET}
thorough = settings(max_examples=600, deadline=None)


@thorough
@given(any_facts(), assessment_days())
def test_a_second_reading_of_the_registry_record_agrees(facts: Facts, on) -> None:
    found = assess(facts, PROTOCOL, on)
    expected = oracle.letters(facts_as_json(facts), on)
    assert by_code(found) | {"ALL": found.outcome} == {code: LETTERS[one] for code, one in expected.items()}


@thorough
@given(any_facts(), assessment_days())
def test_every_verdict_can_be_said_and_kept(facts: Facts, on) -> None:
    found = assess(facts, PROTOCOL, on)
    assert all(leaf.reason.text() for leaf in found.leaves)
    assert facts_from_json(facts_as_json(facts)) == facts
    assert verdict_as_json(found) == verdict_as_json(assess(facts, PROTOCOL, on))


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
def test_learning_an_unknown_fact_changes_nothing_that_is_settled(facts: Facts, data) -> None:
    assume(facts.symptom_onset_date is not None)
    unknown = [name for name in LABELS if getattr(facts, name) is None and name not in ABSENT_MEANS_SOMETHING]
    assume(unknown)
    name = data.draw(st.sampled_from(unknown))
    before = by_code(assess(facts, PROTOCOL, TODAY))
    after = by_code(assess(replace(facts, **{name: data.draw(value_of(name))}), PROTOCOL, TODAY))
    settled = {code: outcome for code, outcome in before.items() if outcome in (MET, NOT_MET)}
    assert {code: after[code] for code in settled} == settled


@thorough
@given(any_facts(), st.sampled_from(["symptoms", "disease", "exclusion"]), st.data())
def test_a_yes_moves_a_criterion_one_way_only(facts: Facts, what: str, data) -> None:
    name, codes, direction = data.draw(st.sampled_from(ONE_WAY[what]))
    before = by_code(assess(replace(facts, **{name: Answer.NO}), PROTOCOL, TODAY))
    after = by_code(assess(replace(facts, **{name: Answer.YES}), PROTOCOL, TODAY))
    for code in codes:
        assert (after[code] - before[code]) * direction >= 0


ONE_WAY: dict[str, list[tuple[str, tuple[str, ...], int]]] = {
    "symptoms": [("symptom_cough", ("IN02", "IN04a"), 1), ("symptom_fever", ("IN02",), 1)],
    "disease": [("disease_lung", ("IN05b", "IN05"), 1), ("immune_deficiency", ("IN05c", "IN05"), 1)],
    "exclusion": [
        ("shock", ("IN01b6", "IN01b"), -1),
        ("pregnant", ("EX03", "IN05e", "IN05"), -1),
        ("lactating", ("EX03", "IN05e", "IN05"), -1),
        ("mental_illness", ("EX04",), -1),
        ("unsuitable_for_cells", ("EX08",), -1),
        ("active_tuberculosis", ("EX07",), -1),
    ],
}


@thorough
@given(any_facts())
def test_only_eligible_when_every_criterion_of_the_highest_level_is_met(facts: Facts) -> None:
    found = assess(facts, PROTOCOL, TODAY)
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
def test_each_rule_looks_only_at_the_facts_it_names(facts: Facts) -> None:
    for rule in RULES.values():
        watched = Watched(facts)
        rule.find(watched, PROTOCOL, TODAY)  # type: ignore[arg-type]
        assert watched.asked <= set(rule.uses), rule.code
