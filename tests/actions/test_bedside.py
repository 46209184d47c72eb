"""At the bed, through the actions: handover, start, stop, vital signs; what must not happen is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from dosing import actions
from dosing.models import (
    Infusion,
    InfusionVitals,
    OrderState,
    SlotState,
    TimePoint,
)
from dosing.selectors import (
    due_infusions,
    infusion_of,
    order_of,
    slot_of,
)
from enrollment.actions import record_withdrawal
from tests.story import participant_at
from tests.ward import SIGNS, begin, measure, stop, take_over
from trial_site.audit.action import action
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def at_the_bed(cast):
    """A bag at the bedside."""
    subject, now = participant_at("handed_over")
    return order_of(subject), now


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
