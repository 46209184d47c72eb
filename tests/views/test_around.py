"""Around the infusion: stop rules, curves, reactions, the question for events; and who may not assess afterwards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dosing import actions
from dosing.models import InfusionReaction, InfusionVitals, TimePoint
from dosing.rules.curves import HEIGHT, MARGIN, WIDTH, curve
from dosing.rules.stop_rules import fired
from dosing.selectors import attended_infusion, infusion_of, order_of, reactions_for
from outcomes.actions import record_visit_form
from tests.pages import page, signed_in, text, typed
from tests.story import participant_at
from tests.views.test_bedside import signs
from tests.ward import measure
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Role, Task

PROTOCOL = protocols.latest()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
database = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("values", "responses"),
    [
        ({"spo2_percent": 94, "heart_rate": 130, "temperature_c": Decimal("38.4")}, {}),
        ({"spo2_percent": 93}, {"spo2_percent": "slow"}),
        ({"spo2_percent": 89}, {"spo2_percent": "stop"}),
        ({"systolic_mmhg": 90}, {}),
        ({"systolic_mmhg": 89, "heart_rate": 131}, {"systolic_mmhg": "stop", "heart_rate": "stop"}),
        ({"temperature_c": Decimal("38.5"), "respiratory_rate": None}, {"temperature_c": "slow"}),
    ],
)
def test_stop_rules_ask_for_the_most_each_sign_asks_for(values, responses):
    assert {rule.field: rule.response for rule in fired(values, PROTOCOL)} == responses


def test_every_value_stands_on_the_curve_where_it_belongs():
    drawn = curve([96, None, 88, 99], normal=(90, 100))
    assert (drawn.low, drawn.high) == (88, 100)
    assert [dot.place for dot in drawn.dots] == [0, 2, 3]
    assert [dot.x for dot in drawn.dots] == sorted(dot.x for dot in drawn.dots)
    lowest = max(drawn.dots, key=lambda dot: dot.y)
    assert (lowest.value, lowest.y) == (88, HEIGHT - MARGIN)
    assert all(MARGIN <= dot.x <= WIDTH - MARGIN and MARGIN <= dot.y <= HEIGHT - MARGIN for dot in drawn.dots)
    assert curve([None], normal=(90, 100)).dots == ()


def reaction(cast, infusion, at, *, by=None, **changed):
    values = {"term": "Flushing", "grade": 2, "began_at": at, "response": "slowed", "missing": {}}
    return actions.record_reaction(infusion, values=values | changed, by=(by or cast.nurse).actor(at), at=at)


@database
def test_a_reaction_is_recorded_with_its_grade_and_can_be_asked_for(cast):
    subject, now = participant_at("started")
    infusion = infusion_of(subject)
    for began_at in (infusion.started_at - MINUTE, now + MINUTE):
        with pytest.raises(Refused) as refusal:
            reaction(cast, infusion, now, began_at=began_at)
        assert list(refusal.value.fields) == ["began_at"]
    with pytest.raises(NotAllowed):
        reaction(cast, infusion, now, by=cast.assessor)
    recorded = reaction(cast, infusion, now)
    assert list(reactions_for(cast.investigator.actor(now))) == [recorded]
    assert list(reactions_for(cast.outsider.actor(now))) == []
    by, values = cast.nurse.actor(now), {"grade": 3, "began_at": now}
    with pytest.raises(Refused):
        actions.amend_reaction(recorded, values=values, version=1, reason=" ", by=by, at=now)
    assert actions.amend_reaction(recorded, values=values, version=1, reason="Chart", by=by, at=now) == [
        "grade"
    ]
    with pytest.raises(StaleRecord):
        actions.amend_reaction(recorded, values=values, version=1, reason="Chart", by=by, at=now)


@database
def test_at_6_and_24_hours_the_participant_is_asked_for_events(cast):
    subject, _ = participant_at("infused")
    given, at = order_of(subject), infusion_of(subject).stopped_at + 6 * HOUR
    with pytest.raises(Refused) as refusal:
        measure(given, cast, TimePoint.HOUR6, at)
    assert list(refusal.value.fields) == ["events"]
    assert measure(given, cast, TimePoint.HOUR6, at, events="nothing").events == "nothing"


@database
def test_who_attended_the_infusion_does_not_assess_that_participant(cast):
    """A nurse of that day who has become an assessor since."""
    subject, now = participant_at("infused")
    reaction(cast, infusion_of(subject), now, by=cast.investigator)
    attended = {name: attended_infusion(getattr(cast, name).staff.pk, subject) for name in vars(cast) if name not in (
        "password", "site")}  # fmt: skip
    assert {name for name, was_there in attended.items() if was_there} == {
        "nurse",
        "second_nurse",
        "investigator",
    }
    nurse = cast.nurse.staff
    turned = Actor(
        nurse.pk,
        nurse.full_name,
        Role.ASSESSOR,
        nurse.site,
        frozenset({(Task.ASSESS_OUTCOMES, nurse.site_id)}),
    )
    at = now + timedelta(days=1)
    values = {"assessed_at": at, "score": 4, "missing": {}}
    record = {"form": "CP", "took_place_on": subject.site.date_of(at), "values": values, "at": at}
    with pytest.raises(NotAllowed, match="Somebody else assesses"):
        record_visit_form(subject, "D1", by=turned, **record)
    assert record_visit_form(subject, "D1", by=cast.assessor.actor(at), **record).score == 4
    assert StaffMember.objects.get(pk=nurse.pk).role == Role.NURSE


@database
def test_one_page_shows_curves_alarms_and_reactions_and_follows_others(cast, clock):
    subject, now = participant_at("started")
    given = order_of(subject)
    clock(now)
    client, url = signed_in(cast.nurse), reverse("dosing:vitals", args=[subject.number])
    low = signs(given, now, spo2_percent="88")
    assert client.post(f"{url}?point=01", low).status_code == 302
    shown = client.get(url)
    assert "stop the infusion and call the investigator" in text(shown)
    [alarm] = page(shown).xpath("//div[@id='alarms'][following::form//input[@name='spo2_percent']]")
    assert "Stop rule" in alarm.text_content()
    assert len(page(shown).xpath("//*[local-name()='svg'][@role='img']")) == 6
    told = page(shown).xpath("//*[local-name()='svg']/@aria-label")[-1]
    assert "15 minutes after start 88" in told
    monitor = page(shown).xpath("//div[@id='monitor']/@hx-get")[0]
    part = client.get(monitor, headers={"hx-request": "true"})
    assert part.status_code == 200
    assert b"<html" not in part.content
    [replaced] = page(part).xpath("//div[@id='alarms']")
    assert replaced.get("hx-swap-oob") == "true"
    assert "Stop rule" in replaced.text_content()
    assert part.content.count(b"stop the infusion and call") == 1
    post = reverse("dosing:reaction", args=[subject.number])
    given_values = {"term": "Chills", "grade": "2", "began_at": typed(now, subject), "response": "slowed"}
    assert client.post(post, given_values | {"term": ""}).status_code == 422
    assert client.post(post, given_values).status_code == 302
    assert "Chills" in text(client.get(url))
    assert InfusionReaction.objects.get().recorded_by == cast.nurse.staff
    clock(now + timedelta(minutes=29))
    assert client.get(monitor).status_code == 200


@database
def test_the_assessor_sees_nothing_of_it(cast):
    subject, _ = participant_at("infused")
    client = signed_in(cast.assessor)
    for name in ("vitals", "monitor", "infusion"):
        assert client.get(reverse(f"dosing:{name}", args=[subject.number])).status_code == 403
    casebook = client.get(reverse("casebook:subject", args=[subject.number]))
    assert "reaction" not in text(casebook).lower()
    assert InfusionVitals.objects.exists()
