"""The CONSORT flow: every person in exactly one box of enrolment, every randomized one in one of allocation."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.rules.consequences import Event
from trial_site.casebook.drawing import chart, picture
from trial_site.casebook.flow import Person, flow, planned_by

DAY = date(2026, 3, 2)
STATES = ("identified", "declined", "consented", "screen_failed", "eligible", "randomized", "withdrawn")


def person(state="randomized", *events: Event, **more) -> Person:
    randomized = {"randomized_on": DAY} if state == "randomized" else {}
    return Person("01-001", DAY, state, frozenset(events), **randomized | more)


def numbers(*people: Person) -> dict[str, int]:
    """Box title -> number, and box title / part -> number."""
    found = {}
    for stage in flow(people):
        found[str(stage.title)] = stage.number
        found |= {f"{stage.title}/{part.label}": part.number for part in stage.parts}
    return found


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([person("identified")], {"Assessed for eligibility": 1, "Still in screening": 1, "Excluded": 0}),
        ([person("declined")], {"Excluded": 1, "Excluded/Declined or withdrew consent": 1}),
        (
            [person("screen_failed", failed=("IN01a", "EX3")), person("screen_failed", failed=("IN01a",))],
            {"Excluded": 2, "Excluded/Not meeting the criteria": 2, "Excluded/· IN01a": 2, "Excluded/· EX3": 1},
        ),
        (
            [person("withdrawn", Event.CONSENT)],
            {"Excluded": 1, "Excluded/Declined or withdrew consent": 1, "Excluded/Other reasons": 0},
        ),
        ([person("consented", Event.DEATH)], {"Excluded": 1, "Excluded/Other reasons": 1}),
        (
            [person("randomized"), person("randomized", received=True)],
            {
                "Randomized": 2,
                "Allocated to an arm/Received the infusion": 1,
                "Allocated to an arm/Waiting for the infusion": 1,
                "Did not receive the infusion": 0,
                "In follow-up or completed": 2,
            },
        ),
        (
            [person("randomized", Event.DEATH), person("randomized", Event.WORSENED)],
            {
                "Did not receive the infusion": 2,
                "Did not receive the infusion/death": 1,
                "Did not receive the infusion/severe or critical before the dose": 1,
                "In follow-up or completed": 1,
                "In follow-up or completed/Died": 1,
                "To be analysed as randomized": 2,
            },
        ),
        (
            [person("randomized", Event.DISCONTINUED, received=True), person("randomized", Event.DISCONTINUED)],
            {"In follow-up or completed/Discontinued the intervention": 1,
             "In follow-up or completed": 2},
        ),
        (
            [person("randomized", Event.LOST, Event.DEATH, received=True)],
            {"In follow-up or completed/Died": 1, "In follow-up or completed/Lost to follow-up": 0},
        ),
        (
            [person("randomized", Event.DATA_USE, received=True)],
            {"To be analysed as randomized": 0, "Excluded from the analysis": 1},
        ),
    ],
)  # fmt: skip
def test_who_is_counted_where(people, expected):
    found = numbers(*people)
    assert {box: found[box] for box in expected} == expected


people_drawn = st.lists(
    st.builds(
        person,
        st.sampled_from(STATES),
        failed=st.sampled_from([(), ("IN01a",), ("IN01a", "EX3")]),
        received=st.booleans(),
    ).flatmap(
        lambda one: st.frozensets(st.sampled_from(list(Event))).map(
            lambda events: Person(
                **vars(one) | {"events": events, "received": one.received and one.randomized}
            )
        )
    ),
    max_size=30,
)


@given(people_drawn)
def test_nobody_is_lost_or_counted_twice(people):
    found = numbers(*people)
    assert len(people) == found["Excluded"] + found["Still in screening"] + found["Randomized"]
    assert found["Randomized"] == (
        found["Allocated to an arm/Received the infusion"]
        + found["Allocated to an arm/Waiting for the infusion"]
        + found["Did not receive the infusion"]
    )
    left = ("Died", "Withdrew consent", "Lost to follow-up", "Objected to the use of data")
    followed = "In follow-up or completed"
    assert found["Randomized"] == found[followed] + sum(found[f"{followed}/{reason}"] for reason in left)
    assert found["Randomized"] == found["To be analysed as randomized"] + found["Excluded from the analysis"]
    reasons = ("Not meeting the criteria", "Declined or withdrew consent", "Other reasons")
    assert found["Excluded"] == sum(found[f"Excluded/{reason}"] for reason in reasons)


@given(people_drawn)
def test_no_box_covers_another_and_every_line_lies_in_its_box(people):
    drawn = picture(flow(people))
    for upper, lower in pairwise(drawn.boxes):
        assert upper.bottom < lower.y
    for box in drawn.boxes:
        assert all(box.y < row < box.bottom for row in box.rows)
        assert box.x + box.width <= drawn.width
    assert drawn.boxes[-1].bottom < drawn.height


@pytest.mark.parametrize(("days", "planned"), [(-5, 0), (0, 0), (91, 9), (183, 20), (400, 20)])
def test_the_plan_is_even_over_the_months(days, planned):
    assert planned_by(DAY + timedelta(days=days), opened=DAY, planned=20, months=6) == planned


def test_the_chart_stays_inside_its_frame_even_before_anybody_and_beyond_the_plan():
    for randomized, today in [([], DAY), ([DAY] * 25, DAY + timedelta(days=400))]:
        drawn = chart(randomized, opened=DAY, ends=DAY + timedelta(days=183), planned=20, today=today)
        points = [tuple(map(float, point.split(","))) for point in (drawn.actual + " " + drawn.plan).split()]
        assert all(drawn.left <= x <= drawn.right and drawn.top <= y <= drawn.base for x, y in points)
