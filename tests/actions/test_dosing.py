"""From the reserved slot to the last vital signs, through the actions; what must not happen is refused."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from dosing import actions
from dosing.actions.orders import signed_content
from dosing.models import (
    Infusion,
    InfusionOrder,
    InfusionVitals,
    OrderState,
    Release,
    SlotState,
    TimePoint,
)
from dosing.selectors import (
    announced_slots,
    due_infusions,
    free_slots,
    infusion_of,
    order_of,
    orders_at,
    slot_of,
)
from enrollment.actions import record_withdrawal
from enrollment.selectors import infusion_window, screening_of
from randomization.actions import record_access
from randomization.models import Purpose
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
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


def recheck(subject, at: datetime, **changed):
    weight = screening_of(subject).weight_kg
    return {
        "rechecked_at": at,
        "consent_stands": True,
        "still_moderate": True,
        "no_new_exclusion": True,
        "weight_kg": weight,
        "weight_measured_on": subject.site.date_of(at),
        "temperature_c": Decimal("37.4"),
        "respiratory_rate": 20,
        "spo2_percent": 96,
        "oxygen_device": "none",
    } | changed


def order(subject, cast, at, *, password=None, by=None, concerns=(), **changed):
    return actions.order_preparation(
        subject,
        values=recheck(subject, at, **changed),
        password=password or cast.password,
        concerns=concerns,
        by=(by or cast.investigator).actor(at),
        at=at,
    )


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


def preparation(cast, now: datetime, **changed):
    return {
        "thawed_at": now - 5 * MINUTE,
        "cells_millions": Decimal(70),
        "viability_percent": Decimal(90),
        "volume_ml": Decimal(100),
        "checked_by": cast.second_pharmacist.staff,
        "checker_password": cast.password,
    } | changed


def prepare(given, cast, now, *, by=None, **changed):
    by = (by or cast.pharmacist).actor(now)
    access = record_access(given.subject, purpose=Purpose.PREPARE, why="Release", by=by)
    return actions.prepare(given, access=access, values=preparation(cast, now, **changed), by=by, at=now)


def test_two_pharmacists_release_the_bag(cast, owner):
    subject, _ = participant_at("ordered")
    given = order_of(subject)
    now = given.slot.starts_at - 45 * MINUTE
    with pytest.raises(Refused, match="No bag is released earlier than 45 minutes"):
        prepare(given, cast, now - MINUTE)
    refused = [
        ({"checked_by": cast.pharmacist.staff}, "checked_by"),
        ({"checked_by": cast.nurse.staff}, "checked_by"),
        ({"checker_password": "wrong"}, "checker_password"),
        ({"thawed_at": given.ordered_at - MINUTE}, "thawed_at"),
        ({"thawed_at": now + MINUTE}, "thawed_at"),
        ({"volume_ml": Decimal(50)}, "volume_ml"),
    ]
    for changed, field in refused:
        with pytest.raises(Refused) as refusal:
            prepare(given, cast, now, **changed)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(NotAllowed):
        prepare(given, cast, now, by=cast.nurse)
    assert not Release.objects.exists()
    release = prepare(given, cast, now)
    assert (release.ready_at, release.start_by) == (now, now + 55 * MINUTE)
    assert release.use_by == now + 85 * MINUTE
    assert order_of(subject).state == OrderState.RELEASED
    with pytest.raises(Refused, match="no longer waiting"):
        prepare(given, cast, now)
    cursor = owner().cursor()
    cursor.execute("SELECT kit_number, cells_millions, checked_by_id, use_by FROM sealed_preparation")
    second = cast.second_pharmacist.staff.pk
    assert cursor.fetchall() == [(given.kit.number, Decimal(70), second, release.use_by)]
    waiting = orders_at(cast.pharmacist.actor(now), [OrderState.RELEASED])
    assert [one.pk for one in waiting] == [given.pk]


@pytest.fixture
def at_the_bed(cast):
    """A bag at the bedside."""
    subject, now = participant_at("handed_over")
    return order_of(subject), now


def begin(given, cast, now, **changed):
    values = {
        "participant_code": given.subject.number,
        "bag_code": given.kit.number,
        "second_person": cast.second_nurse.staff,
        "second_password": cast.password,
    }
    return actions.start_infusion(given, **values | changed, by=cast.nurse.actor(now), at=now)


SIGNS = {
    "temperature_c": Decimal("37.0"),
    "heart_rate": 80,
    "respiratory_rate": 18,
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "spo2_percent": 96,
}


def measure(given, cast, time_point, at, *, by=None, now=None, **changed):
    now = now or at
    return actions.record_infusion_vitals(
        given,
        time_point=time_point,
        values={"measured_at": at, **SIGNS, "missing": {}} | changed,
        by=(by or cast.nurse).actor(now),
        at=now,
    )


def test_start_now_refuses_what_must_not_happen(cast, at_the_bed):
    given, now = at_the_bed
    with pytest.raises(Refused, match="must be started"):
        begin(given, cast, given.release.start_by + MINUTE)
    with pytest.raises(Refused, match="outside the infusion window"):
        begin(given, cast, now + 7 * DAY)
    refused = [
        ({"participant_code": "01-999"}, "participant_code"),
        ({"bag_code": "000000"}, "bag_code"),
        ({"second_person": cast.nurse.staff}, "second_person"),
        ({"second_person": cast.pharmacist.staff}, "second_person"),
        ({"second_person": cast.coordinator.staff}, "second_person"),
        ({"second_password": "wrong"}, "second_password"),
    ]
    for changed, field in refused:
        with pytest.raises(Refused) as refusal:
            begin(given, cast, now, **changed)
        assert list(refusal.value.fields) == [field]
    assert not Infusion.objects.exists()
    record_withdrawal(
        given.subject,
        kind="consent",
        on=given.subject.site.date_of(now),
        by=cast.coordinator.actor(now),
        at=now,
    )
    with pytest.raises(Refused):
        begin(given, cast, now)


def test_without_vital_signs_there_is_no_start(cast):
    subject, now = participant_at("released")
    given = order_of(subject)
    take_over(given, cast, now)
    with pytest.raises(Refused, match="vital signs before"):
        begin(given, cast, now)


def take_over(given, cast, now, *, by=None, **changed):
    values = {
        "bag_code": given.kit.number,
        "sleeve_intact": True,
        "line_intact": True,
        "handed_by": cast.pharmacist.staff,
        "handed_password": cast.password,
    }
    return actions.hand_over(given, **values | changed, by=(by or cast.nurse).actor(now), at=now)


def test_the_bag_is_handed_over_covered_and_intact(cast):
    subject, now = participant_at("released")
    given = order_of(subject)
    refused = [
        ({"bag_code": "1234567"}, "bag_code"),
        ({"sleeve_intact": False}, "sleeve_intact"),
        ({"line_intact": False}, "line_intact"),
        ({"handed_by": cast.second_nurse.staff}, "handed_by"),
        ({"handed_password": "wrong"}, "handed_password"),
    ]
    for changed, field in refused:
        with pytest.raises(Refused) as refusal:
            take_over(given, cast, now, **changed)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(NotAllowed):
        take_over(given, cast, now, by=cast.coordinator)
    taken = take_over(given, cast, now)
    assert (order_of(subject).state, taken.received_by) == (OrderState.HANDED_OVER, cast.nurse.staff)
    with pytest.raises(Refused, match="no released bag"):
        take_over(given, cast, now)


def test_an_unreleased_bag_is_not_started(cast):
    subject, now = participant_at("ordered")
    with pytest.raises(Refused, match="no bag at the bedside"):
        begin(order_of(subject), cast, now)


def stop(infusion, cast, at, *, now=None, version=None, concerns=(), **changed):
    values = {
        "stopped_at": at,
        "volume_ml": Decimal(100),
        "incomplete_reason": "",
        "blind_kept": True,
    }
    now = now or at
    return actions.stop_infusion(
        infusion,
        **values | changed,
        version=version or infusion.version,
        concerns=concerns,
        by=cast.nurse.actor(now),
        at=now,
    )


def test_an_infusion_from_start_to_stop_and_its_correction(cast, at_the_bed):
    given, now = at_the_bed
    infusion = begin(given, cast, now)
    assert slot_of(given.subject).state == SlotState.USED
    assert order_of(given.subject).state == OrderState.STARTED
    with pytest.raises(Refused, match="no bag at the bedside"):
        begin(given, cast, now)
    end = now + 35 * MINUTE
    for changed, field in [
        ({"now": end - MINUTE}, "stopped_at"),
        ({"at": now - MINUTE}, "stopped_at"),
        ({"volume_ml": Decimal(101)}, "volume_ml"),
        ({"volume_ml": Decimal(60)}, "incomplete_reason"),
    ]:
        with pytest.raises(Refused) as refusal:
            stop(infusion, cast, changed.pop("at", end), **{"now": end, **changed})
        assert list(refusal.value.fields) == [field]
    with pytest.raises(StaleRecord):
        stop(infusion, cast, end, version=7)
    stop(infusion, cast, end, blind_kept=False, concerns=[Concern("blind_kept", "The blind was not kept.")])
    assert Query.objects.get(form="IN").field == "blind_kept"
    assert order_of(given.subject).state == OrderState.FINISHED
    assert due_infusions(cast.nurse.actor(end), end) == []
    with pytest.raises(Refused, match="already"):
        stop(infusion, cast, end)
    correct(infusion, cast, end)


def test_a_reaction_after_seconds_stops_the_infusion_in_the_minute_of_its_start(cast, at_the_bed):
    given, now = at_the_bed
    now = now.replace(second=30)
    infusion = begin(given, cast, now)
    typed = now.replace(second=0, microsecond=0)
    reaction = {"volume_ml": Decimal(1), "incomplete_reason": "Reaction", "now": now + timedelta(seconds=20)}
    with pytest.raises(Refused, match="before it started"):
        stop(infusion, cast, typed - MINUTE, **reaction)
    with pytest.raises(IntegrityError, match="infusion_stops_after_start"):
        write_stop(infusion, typed - MINUTE, by=cast.nurse.actor(now))
    stop(infusion, cast, typed, **reaction)
    assert infusion_of(given.subject).stopped_at == typed


@action
def write_stop(infusion, stopped_at, *, by):
    """Past every rule, as a faulty program would."""
    infusion.stopped_at = stopped_at
    infusion.save(update_fields=["stopped_at"])


def correct(infusion, cast, now):
    values = {
        "stopped_at": infusion.stopped_at,
        "volume_ml": Decimal(90),
        "incomplete_reason": "Line blocked",
        "blind_kept": False,
    }
    by = cast.nurse.actor(now)
    with pytest.raises(Refused) as refusal:
        actions.amend_infusion(infusion, values=values, version=infusion.version, reason="", by=by, at=now)
    assert list(refusal.value.fields) == ["reason"]
    actions.amend_infusion(
        infusion, values=values, version=infusion.version, reason="Read again", by=by, at=now
    )
    assert infusion_of(infusion.subject).volume_ml == 90


def test_vital_signs_are_recorded_once_and_changed_with_a_reason(cast):
    subject, _ = participant_at("infused")
    given, infusion = order_of(subject), infusion_of(subject)
    now = infusion.stopped_at + 6 * HOUR
    InfusionVitals.objects.get(order=given, time_point=TimePoint.MIN15)
    with pytest.raises(Refused, match="recorded already"):
        measure(given, cast, TimePoint.MIN15, now)
    with pytest.raises(NotAllowed):
        measure(given, cast, TimePoint.HOUR4, now, by=cast.assessor)
    for at, changed, field in [
        (now + MINUTE, {}, "measured_at"),
        (infusion.started_at, {}, "measured_at"),
        (now, {"spo2_percent": 101}, "spo2_percent"),
        (now, {"systolic_mmhg": 80}, "diastolic_mmhg"),
    ]:
        with pytest.raises(Refused) as refusal:
            measure(given, cast, TimePoint.HOUR4, at, now=now, **changed)
        assert list(refusal.value.fields) == [field]
    signs = measure(given, cast, TimePoint.HOUR4, now, heart_rate=None, missing={"heart_rate": "ND"})
    values = {"measured_at": now, **SIGNS, "missing": {}}
    common = {"values": values, "version": 1, "by": cast.nurse.actor(now), "at": now}
    with pytest.raises(Refused):
        actions.amend_infusion_vitals(signs, reason="", **common)
    actions.amend_infusion_vitals(signs, reason="Found on the chart", **common)
    assert InfusionVitals.objects.get(pk=signs.pk).heart_rate == 80
    with pytest.raises(StaleRecord):
        actions.amend_infusion_vitals(signs, reason="Again", **common | {"values": values | SIGNS})
