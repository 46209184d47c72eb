"""Bags and lines come back: given, given in part, not given, or called off when nobody was there to say so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dosing import actions
from dosing.actions.endings import settle_endings
from dosing.models import BagReturn, OrderState
from dosing.selectors import bags_out, infusion_of, order_of
from enrollment.actions import record_withdrawal
from randomization.rules.ledger import place_of
from tests.pages import signed_in, text, typed
from tests.story import participant_at
from tests.views.conftest import _static_files_without_manifest  # noqa: F401
from tests.ward import begin, stop
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import Deviation

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def take_back(given, cast, at, *, now=None, by=None, **changed):
    values = {
        "bag_code": given.kit.number,
        "covered": True,
        "brought_by": cast.nurse.staff,
        "brought_password": cast.password,
        "returned_at": at,
    }
    now = now or at
    by = (by or cast.pharmacist).actor(now)
    return actions.take_back(given.subject, **values | changed, by=by, at=now)


def end_treatment(subject, cast, now) -> None:
    """The participant withdraws; the beat gives up what waited."""
    by = cast.coordinator.actor(now)
    record_withdrawal(subject, kind="treatment", on=subject.site.date_of(now), by=by, at=now)
    settle_endings(by=Actor.system("settle endings"), at=now)


def expected(cast, now) -> list[tuple[str, bool, bool]]:
    return [(bag.given, bag.left, bag.called_off) for bag in bags_out(cast.pharmacist.actor(now))]


def test_a_given_bag_comes_back_once_and_through_two_people(cast, steps):
    subject, now = participant_at("infused")
    given, end = order_of(subject), infusion_of(subject).stopped_at
    assert expected(cast, now) == [("full", True, False)]
    assert bags_out(cast.outsider.actor(now)) == bags_out(cast.nurse.actor(now)) == []
    back = end + 20 * MINUTE
    for changed, field in [
        ({"bag_code": "1234567"}, "bag_code"),
        ({"returned_at": back + MINUTE}, "returned_at"),
        ({"returned_at": end - MINUTE}, "returned_at"),
        ({"brought_by": None}, "brought_by"),
        ({"brought_by": cast.coordinator.staff}, "brought_by"),
        ({"brought_password": "wrong"}, "brought_password"),
    ]:
        with pytest.raises(Refused) as refusal:
            take_back(given, cast, back, **changed)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(NotAllowed):
        take_back(given, cast, back, by=cast.nurse)
    assert "returned" not in steps(given.kit)
    taken = take_back(given, cast, back)
    assert (taken.brought_by, taken.received_by) == (cast.nurse.staff, cast.pharmacist.staff)
    assert steps(given.kit)[-2:] == ["given", "returned"]
    assert place_of(steps(given.kit)) == "waste"
    assert expected(cast, back) == []
    assert not Deviation.objects.exists()
    with pytest.raises(Refused, match="No bag with this number"):
        take_back(given, cast, back)


def test_a_bag_given_in_part_that_comes_back_uncovered_is_a_deviation(cast):
    subject, now = participant_at("handed_over")
    given = order_of(subject)
    part = {"volume_ml": Decimal(40), "incomplete_reason": "Line blocked"}
    stop(begin(given, cast, now), cast, now + 30 * MINUTE, **part)
    now += 50 * MINUTE
    assert expected(cast, now) == [("part", True, False)]
    take_back(given, cast, now, covered=False)
    raised = Deviation.objects.get()
    assert (raised.kind, raised.grade, raised.form) == ("unblinding", "minor", "OR")


def test_a_bag_that_a_problem_called_off_comes_back_from_the_ward_and_is_not_given_once(cast, steps):
    subject, now = participant_at("handed_over")
    given, by = order_of(subject), cast.nurse.actor(now)
    actions.report_problem(given, kind="expired", noticed_at=now, by=by, at=now)
    assert expected(cast, now) == [("no", True, False)]
    take_back(given, cast, now + MINUTE)
    assert steps(given.kit)[-3:] == ["handed_over", "not_given", "returned"]


def test_a_bag_called_back_before_it_left_lies_in_the_pharmacy(cast):
    subject, now = participant_at("released")
    by = cast.pharmacist.actor(now)
    actions.report_problem(order_of(subject), kind="called_back", noticed_at=now, by=by, at=now)
    assert expected(cast, now) == []


@pytest.mark.parametrize(
    ("stage", "left", "told"),
    [
        ("released", False, ["prepared", "not_given"]),
        ("handed_over", True, ["handed_over", "not_given", "returned"]),
    ],
)
def test_a_bag_called_off_by_an_ending_is_taken_back_by_the_pharmacist(cast, steps, stage, left, told):
    subject, now = participant_at(stage)
    given = order_of(subject)
    end_treatment(subject, cast, now)
    given.refresh_from_db()
    assert given.state == OrderState.CANCELLED
    assert expected(cast, now) == [("no", left, True)]
    brought = {} if left else {"brought_by": None, "brought_password": ""}
    assert take_back(given, cast, now + MINUTE, **brought).brought_by == (cast.nurse.staff if left else None)
    assert steps(given.kit)[-len(told) :] == told
    assert place_of(steps(given.kit)) == "waste"
    assert expected(cast, now) == []


def test_an_order_without_a_bag_leaves_nothing_to_take_back(cast):
    subject, now = participant_at("ordered")
    end_treatment(subject, cast, now)
    assert expected(cast, now) == []


def test_the_page_lists_the_bag_keeps_what_was_typed_and_takes_it_back(cast):
    subject, _now = participant_at("infused")
    given, end = order_of(subject), infusion_of(subject).stopped_at
    client, address = signed_in(cast.pharmacist), reverse("dosing:take_back", args=[subject.number])
    shown = text(client.get(reverse("dosing:pharmacy")))
    assert "To be taken back" in shown
    assert "Record the return" in shown
    sent = {
        "bag_code": "1234567",
        "covered": "True",
        "returned_at": typed(end + 20 * MINUTE, subject),
        "brought_by": cast.nurse.staff.pk,
        "brought_password": cast.password,
    }
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "No bag with this number" in text(refused)
    assert b'value="1234567"' in refused.content
    assert client.post(address, sent | {"bag_code": given.kit.number}).status_code == 302
    assert BagReturn.objects.get().order == given
    assert "Every bag is back." in text(client.get(reverse("dosing:pharmacy")))
    assert "No bag of this participant is expected back." in text(client.get(address))
    assert "Back in the pharmacy" in text(
        signed_in(cast.nurse).get(reverse("dosing:infusion", args=[subject.number]))
    )
