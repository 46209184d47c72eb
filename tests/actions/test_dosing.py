"""Slots, orders and releases, through the actions; what must not happen is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dosing import actions
from dosing.actions.orders import signed_content
from dosing.models import (
    InfusionOrder,
    OrderState,
    Release,
)
from dosing.selectors import (
    announced_slots,
    due_infusions,
    free_slots,
    order_of,
    orders_at,
    slot_of,
)
from enrollment.actions import record_withdrawal
from enrollment.selectors import infusion_window, screening_of
from tests.story import participant_at
from tests.ward import order, prepare
from trial_site.audit.models import Event
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import Query, Signature, content_sha256

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def without_slot(cast, seed: int = 1):
    """An eligible participant with a consent, and the instant; the story's own slot is given back."""
    subject, now = participant_at("planned", seed=seed)
    actions.cancel_slot(slot_of(subject), reason="Story", by=cast.coordinator.actor(now), at=now)
    subject.refresh_from_db()
    return subject, now


def reserve(subject, by, *, starts_at, at):
    return actions.reserve_slot(subject, starts_at=starts_at, by=by.actor(at), at=at)


def test_a_slot_is_reserved_inside_the_window_and_given_back(cast):
    subject, now = without_slot(cast)
    window, free = infusion_window(subject), free_slots(subject, at=now)
    outside = free[0].replace(hour=8) - (free[0].date() - window.first + DAY)
    with pytest.raises(Refused, match="outside the infusion window"):
        reserve(subject, cast.coordinator, starts_at=outside, at=now)
    with pytest.raises(NotAllowed):
        reserve(subject, cast.assessor, starts_at=free[0], at=now)
    with pytest.raises(NotAllowed):
        reserve(subject, cast.outsider, starts_at=free[0], at=now)
    slot = reserve(subject, cast.coordinator, starts_at=free[0], at=now)
    assert subject.planned_infusion_at == free[0]
    assert free[0] not in free_slots(subject, at=now)
    with pytest.raises(Refused, match="already"):
        reserve(subject, cast.coordinator, starts_at=free[1], at=now)
    give_back(slot, cast, now)
    reserve(subject, cast.coordinator, starts_at=free[0], at=now)
    announced = announced_slots(cast.pharmacist.actor(now), now).filter(starts_at=free[0], id__gte=slot.pk)
    assert [one.state for one in announced] == ["cancelled", "reserved"]


def give_back(slot, cast, now):
    by = cast.coordinator.actor(now)
    with pytest.raises(Refused) as refusal:
        actions.cancel_slot(slot, reason=" ", by=by, at=now)
    assert "reason" in refusal.value.fields
    actions.cancel_slot(slot, reason="The ward is full", by=by, at=now)
    slot.subject.refresh_from_db()
    assert slot.subject.planned_infusion_at is None
    assert (slot.state, slot.cancelled_at, slot.cancel_reason) == ("cancelled", now, "The ward is full")
    with pytest.raises(Refused, match="no longer reserved"):
        actions.cancel_slot(slot, reason="Again", by=by, at=now)


def test_a_screened_participant_has_a_slot_before_the_signature_and_none_after_leaving(cast):
    subject, now = participant_at("screened")
    free = free_slots(subject, at=now)
    reserve(subject, cast.coordinator, starts_at=free[0], at=now)
    assert (subject.state, subject.planned_infusion_at) == ("consented", free[0])
    actions.cancel_slot(slot_of(subject), reason="Later", by=cast.coordinator.actor(now), at=now)
    withdraw = {"on": subject.site.date_of(now), "by": cast.coordinator.actor(now), "at": now}
    record_withdrawal(subject, kind="consent", **withdraw)
    with pytest.raises(Refused, match="state is “withdrawn”"):
        reserve(subject, cast.coordinator, starts_at=free[1], at=now)


def test_whoever_ended_treatment_gets_no_slot(cast):
    subject, now = participant_at("randomized")
    slot = slot_of(subject)
    actions.cancel_slot(slot, reason="Story", by=cast.coordinator.actor(now), at=now)
    withdraw = {"on": subject.site.date_of(now), "by": cast.coordinator.actor(now), "at": now}
    record_withdrawal(subject, kind="treatment", **withdraw)
    with pytest.raises(Refused, match="ended treatment"):
        reserve(subject, cast.coordinator, starts_at=slot.starts_at + HOUR, at=now)


@pytest.fixture
def to_order(cast):
    """A randomized participant, 90 minutes before the planned start."""
    subject, _ = participant_at("randomized")
    return subject, slot_of(subject).starts_at - 90 * MINUTE


def test_the_signed_recheck_is_the_order(cast, to_order):
    subject, now = to_order
    with pytest.raises(NotAllowed):
        order(subject, cast, now, by=cast.coordinator)
    with pytest.raises(Refused) as refusal:
        order(subject, cast, now, password="wrong")
    assert list(refusal.value.fields) == ["password"]
    for changed in ({"spo2_percent": 93}, {"still_moderate": False}, {"rechecked_at": now - 3 * HOUR}):
        with pytest.raises(Refused) as refusal:
            order(subject, cast, now, **changed)
        assert refusal.value.fields.keys() == changed.keys()
    assert not InfusionOrder.objects.exists()
    assert not Signature.objects.filter(form="OR").exists()
    given = order(subject, cast, now.astimezone(subject.site.tz), temperature_c=Decimal(37))
    signature = Signature.objects.get(form="OR", record_id=given.pk)
    assert signature.signer == cast.investigator.staff
    assert signature.content_sha256 == content_sha256(signed_content(order_of(subject)))
    with pytest.raises(Refused, match="ordered already"):
        order(subject, cast, now)
    with pytest.raises(Refused, match="ordered already"):
        actions.cancel_slot(given.slot, reason="Late", by=cast.coordinator.actor(now), at=now)


def test_newly_on_oxygen_the_investigator_decides_with_a_reason(cast, to_order):
    subject, now = to_order
    with pytest.raises(Refused) as refusal:
        order(subject, cast, now, oxygen_device="nasal_cannula")
    assert list(refusal.value.fields) == ["oxygen_reason"]
    why = "2 L/min for comfort after coughing; 96 % without."
    given = order(subject, cast, now, oxygen_device="nasal_cannula", oxygen_reason=why)
    assert (given.oxygen_reason, given.recheck_version) == (why, "1")
    assert signed_content(given)["oxygen_reason"] == why


def test_a_weight_that_changed_is_confirmed_and_leaves_a_query(cast, to_order):
    subject, now = to_order
    weight = screening_of(subject).weight_kg * Decimal("1.2")
    with pytest.raises(Refused) as refusal:
        order(subject, cast, now, weight_kg=weight)
    assert list(refusal.value.fields) == ["weight_kg"]
    given = order(
        subject, cast, now, weight_kg=weight, concerns=[Concern("weight_kg", "More than 10 percent.")]
    )
    query = Query.objects.get(form="OR", record_id=given.pk)
    assert (query.field, query.origin, query.opened_by) == ("weight_kg", "check", None)


def test_without_consent_or_slot_there_is_no_order(cast, to_order):
    subject, now = to_order
    slot = slot_of(subject)
    actions.cancel_slot(slot, reason="Late", by=cast.coordinator.actor(now), at=now)
    with pytest.raises(Refused, match="Reserve an infusion slot"):
        order(subject, cast, now)
    reserve(subject, cast.coordinator, starts_at=slot.starts_at + HOUR, at=now)
    record_withdrawal(
        subject, kind="treatment", on=subject.site.date_of(now), by=cast.coordinator.actor(now), at=now
    )
    with pytest.raises(Refused, match="ended treatment"):
        order(subject, cast, now)
    assert due_infusions(cast.nurse.actor(now), now) == []


@pytest.mark.parametrize("thawed_before", [0, 7, 20])
def test_what_blinded_people_learn_of_a_release_is_its_minute(cast, thawed_before):
    """Whatever the thaw: the times of the release, and all that the history tells of it and of the order."""
    subject, _ = participant_at("ordered")
    now = order_of(subject).slot.starts_at - 40 * MINUTE
    before = Event.objects.order_by("id").last().pk
    prepare(order_of(subject), cast, now + timedelta(seconds=41), thawed_at=now - thawed_before * MINUTE)
    release = Release.objects.get()
    assert (release.start_by, release.use_by) == (now + 40 * MINUTE, now + 70 * MINUTE)
    told = [event.new for event in Event.objects.filter(pk__gt=before)]
    thawed_at = f"{now - thawed_before * MINUTE:%Y-%m-%dT%H:%M}"
    assert release.ready_at.isoformat() in str(told)
    assert thawed_before == 0 or thawed_at not in str(told)


def test_two_pharmacists_release_the_bag(cast, owner):
    subject, _ = participant_at("ordered")
    given = order_of(subject)
    now = given.slot.starts_at - 40 * MINUTE
    with pytest.raises(Refused, match="No bag is released earlier than 40 minutes"):
        prepare(given, cast, now - MINUTE)
    refused = [
        ({"checked_by": cast.pharmacist.staff}, "checked_by"),
        ({"checked_by": cast.nurse.staff}, "checked_by"),
        ({"checker_password": "wrong"}, "checker_password"),
        ({"thawed_at": given.ordered_at - MINUTE}, "thawed_at"),
        ({"thawed_at": now + MINUTE}, "thawed_at"),
        ({"thawed_at": now - 21 * MINUTE}, "thawed_at"),
        ({"volume_ml": Decimal(50)}, "volume_ml"),
        ({"cells_millions": Decimal(201)}, "cells_millions"),
    ]
    for changed, field in refused:
        with pytest.raises(Refused) as refusal:
            prepare(given, cast, now, **changed)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(NotAllowed):
        prepare(given, cast, now, by=cast.nurse)
    assert not Release.objects.exists()
    release = prepare(given, cast, now, thawed_at=now - 20 * MINUTE)
    assert (release.ready_at, release.start_by) == (now, now + 40 * MINUTE)
    assert release.use_by == now + 70 * MINUTE
    assert order_of(subject).state == OrderState.RELEASED
    with pytest.raises(Refused, match="no longer waiting"):
        prepare(given, cast, now)
    cursor = owner().cursor()
    cursor.execute(
        "SELECT b.bag, cells_millions, checked_by_id, use_by FROM sealed_preparation"
        " JOIN sealed_bags() b ON b.kit = kit_number"
    )
    second = cast.second_pharmacist.staff.pk
    assert cursor.fetchall() == [(given.kit.number, Decimal(70), second, release.use_by)]
    waiting = orders_at(cast.pharmacist.actor(now), [OrderState.RELEASED])
    assert [one.pk for one in waiting] == [given.pk]
