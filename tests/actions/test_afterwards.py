"""What happened is recorded, whatever it was, with a deviation and a signature; only the impossible is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from dosing import actions
from dosing.actions.afterwards import signed_content
from dosing.models import Infusion, OrderState, ProductProblem, SlotState, TimePoint
from dosing.rules.problems import PATHS
from dosing.selectors import due_infusions, infusion_of, measured_around, order_of, slot_of, vitals_grid
from enrollment.actions import record_withdrawal
from randomization.selectors import kit_of
from tests.story import participant_at
from tests.ward import begin, measure, order, stop
from trial_site.audit.action import action
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import Deviation, Signature

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def record(subject, cast, started_at, *, now=None, by=None, investigator=None, password=None, **changed):
    values = {
        "bag_code": getattr(kit_of(subject), "number", "0000000"),
        "started_at": started_at,
        "stopped_at": started_at + 35 * MINUTE,
        "volume_ml": Decimal(100),
        "incomplete_reason": "",
        "blind_kept": True,
        "identified_by": cast.nurse.staff,
        "second_person": cast.second_nurse.staff,
        "why_late": "The network was down",
        "paper_source": "Infusion chart, sheet 3",
    } | changed
    now = now or started_at + 2 * HOUR
    return actions.record_past_infusion(
        subject,
        values=values,
        investigator=(investigator or cast.investigator).staff,
        password=password or cast.password,
        by=(by or cast.nurse).actor(now),
        at=now,
    )


def test_what_was_done_in_order_is_recorded_with_signature_and_deviation(cast):
    subject, now = participant_at("handed_over")
    given = order_of(subject)
    infusion = record(subject, cast, now)
    assert infusion.departures == ["recorded_afterwards"]
    assert (order_of(subject).state, slot_of(subject).state) == (OrderState.FINISHED, SlotState.USED)
    assert infusion.entered_at == now + 2 * HOUR
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.grade, deviation.form) == ("dosing", "major", "IN")
    assert deviation.text == f"Infusion {given.kit.number}: recorded afterwards."
    signature = Signature.objects.get(form="IN")
    assert (signature.signer, signature.meaning) == (cast.investigator.staff, "past_infusion")
    assert signature.covers(signed_content(infusion_of(subject)))
    assert due_infusions(cast.nurse.actor(now), now) == []


@pytest.mark.parametrize(
    ("stage", "hours", "changed", "departed"),
    [
        (
            "handed_over",
            24 * 7,
            {},
            {"outside_window", "randomized_too_early", "past_start_by", "past_use_by", "recheck_old"},
        ),
        (
            "handed_over",
            0,
            {"bag_code": "9999999", "second_person": None, "blind_kept": False},
            {"wrong_bag", "not_released", "one_person", "blind_not_kept"},
        ),
        ("released", 1, {}, {"past_start_by", "past_use_by", "no_vitals_before"}),
        ("ordered", 0, {}, {"not_released", "no_vitals_before"}),
        ("randomized", 0, {}, {"not_released", "no_recheck", "no_vitals_before"}),
        ("planned", 0, {}, {"wrong_bag", "not_randomized", "not_released", "no_recheck", "no_vitals_before"}),
    ],
)
def test_every_departure_is_named(cast, stage, hours, changed, departed):
    subject, _ = participant_at(stage)
    infusion = record(subject, cast, slot_of(subject).starts_at + hours * HOUR, **changed)
    assert set(infusion.departures) == {"recorded_afterwards"} | departed
    assert Deviation.objects.get().grade == "major"


def test_only_the_impossible_is_refused(cast):
    subject, now = participant_at("handed_over")
    for changed, field in [
        ({"now": now + MINUTE}, "stopped_at"),
        ({"now": now - MINUTE}, "started_at"),
        ({"stopped_at": now - MINUTE}, "stopped_at"),
        ({"volume_ml": Decimal(501)}, "volume_ml"),
        ({"volume_ml": Decimal(-1)}, "volume_ml"),
        ({"second_person": cast.nurse.staff}, "second_person"),
        ({"why_late": " "}, "why_late"),
        ({"paper_source": ""}, "paper_source"),
        ({"password": "wrong"}, "password"),
    ]:
        with pytest.raises(Refused) as refusal:
            record(subject, cast, now, **changed)
        assert field in refusal.value.fields
    for member in (cast.coordinator, cast.assessor, cast.pharmacist):
        with pytest.raises(NotAllowed):
            record(subject, cast, now, by=member)
    with pytest.raises(NotAllowed):
        record(subject, cast, now, investigator=cast.second_nurse)
    assert not Infusion.objects.exists()
    assert not Deviation.objects.exists()


def test_nobody_is_infused_twice_at_the_same_time(cast):
    """The same sheet sent twice, or another bag's number over the same minutes."""
    subject, now = participant_at("handed_over")
    record(subject, cast, now)
    for changed in ({}, {"bag_code": "1234567"}):
        with pytest.raises(Refused) as refusal:
            record(subject, cast, now, **changed)
        assert "started_at" in refusal.value.fields
    assert Infusion.objects.count() == Deviation.objects.count() == 1


def test_the_bag_of_somebody_else_calls_off_their_order(cast):
    first, now = participant_at("handed_over", seed=1)
    second, then = participant_at("randomized", seed=2)
    bag = first.kits.get().number
    infusion = record(second, cast, max(now, then), bag_code=bag)
    assert {"wrong_bag", "not_released"} & set(infusion.departures) == {"wrong_bag"}
    assert order_of(first) is None
    assert slot_of(first).state == SlotState.RESERVED
    with pytest.raises(Refused, match="Ask for another one"):
        order(first, cast, slot_of(first).starts_at - 90 * MINUTE)
    again = record(first, cast, max(now, then) + HOUR, bag_code=bag)
    assert "bag_used" in again.departures


def test_vital_signs_around_it_are_recorded_without_an_order(cast):
    """From paper: measured when they were, entered when they are."""
    subject, _ = participant_at("randomized")
    began = slot_of(subject).starts_at
    infusion, now = record(subject, cast, began), began + 3 * HOUR
    around = measured_around(subject)
    assert (around, infusion.order) == (infusion, None)
    for point, measured_at, field in [
        (TimePoint.BEFORE, began + MINUTE, "measured_at"),
        (TimePoint.MIN15, began - MINUTE, "measured_at"),
        (TimePoint.HOUR1, now + MINUTE, "measured_at"),
    ]:
        with pytest.raises(Refused) as refusal:
            measure(around, cast, point, measured_at, now=now)
        assert list(refusal.value.fields) == [field]
    before = measure(around, cast, TimePoint.BEFORE, began - 10 * MINUTE, now=now)
    assert (before.infusion, before.order, before.entered_at) == (infusion, None, now)
    with pytest.raises(Refused, match="recorded already"):
        measure(around, cast, TimePoint.BEFORE, began - 10 * MINUTE, now=now)
    by, pulse = cast.nurse.actor(now), {"measured_at": before.measured_at, "heart_rate": 81}
    actions.amend_infusion_vitals(before, values=pulse, version=1, reason="Chart", by=by, at=now)
    first, *_ = vitals_grid(around)
    assert (first.vitals.heart_rate, first.entered_late) == (81, True)


def test_after_withdrawal_the_truth_is_still_recorded(cast):
    subject, now = participant_at("handed_over")
    by = cast.coordinator.actor(now)
    record_withdrawal(subject, kind="consent", on=subject.site.date_of(now), by=by, at=now)
    assert "treatment_ended" in record(subject, cast, now).departures


@action
def write_late(infusion, *, by, **values):
    """Past every rule, as a faulty program would."""
    Infusion.objects.filter(pk=infusion.pk).update(**values)


def test_the_database_keeps_now_and_afterwards_apart(cast):
    subject, now = participant_at("started")
    infusion = infusion_of(subject)
    for values in ({"entered_at": now + HOUR}, {"why_late": "Later"}, {"second_person": None}):
        with pytest.raises(IntegrityError, match="infusion_now"):
            write_late(infusion, **values, by=cast.nurse.actor(now))


def test_an_end_beyond_the_use_by_time_is_a_deviation_once(cast):
    subject, now = participant_at("started")
    infusion, use_by = infusion_of(subject), order_of(subject).release.use_by
    stop(infusion, cast, use_by + MINUTE, blind_kept=False)
    assert sorted(Deviation.objects.values_list("kind", "grade")) == [
        ("product", "major"),
        ("unblinding", "major"),
    ]
    values = {
        "stopped_at": use_by + 2 * MINUTE,
        "volume_ml": Decimal(100),
        "incomplete_reason": "",
        "blind_kept": False,
    }
    by, at = cast.nurse.actor(now), use_by + HOUR
    actions.amend_infusion(infusion, values=values, version=infusion.version, reason="Chart", by=by, at=at)
    assert Deviation.objects.count() == 2


def test_an_infusion_pauses_and_goes_on(cast):
    subject, now = participant_at("started")
    infusion, by = infusion_of(subject), cast.nurse.actor(now)
    now = infusion.started_at
    with pytest.raises(Refused) as refusal:
        actions.interrupt_infusion(infusion, began_at=now - MINUTE, why="Line", by=by, at=now + MINUTE)
    assert list(refusal.value.fields) == ["began_at"]
    pause = actions.interrupt_infusion(
        infusion, began_at=now + MINUTE, why="Line", by=by, at=now + 2 * MINUTE
    )
    with pytest.raises(Refused, match="interrupted already"):
        actions.interrupt_infusion(infusion, began_at=now + MINUTE, why="Again", by=by, at=now + 2 * MINUTE)
    with pytest.raises(Refused):
        actions.resume_infusion(pause, ended_at=now, by=by, at=now + 5 * MINUTE)
    actions.resume_infusion(pause, ended_at=now + 4 * MINUTE, by=by, at=now + 5 * MINUTE)
    with pytest.raises(Refused, match="goes on already"):
        actions.resume_infusion(pause, ended_at=now + 4 * MINUTE, by=by, at=now + 5 * MINUTE)
    stop(infusion, cast, now + 35 * MINUTE)
    with pytest.raises(Refused, match="recorded already"):
        actions.interrupt_infusion(infusion, began_at=now + MINUTE, why="Late", by=by, at=now + HOUR)


@pytest.mark.parametrize("kind", PATHS)
def test_each_problem_with_a_bag_has_its_path(cast, kind):
    subject, now = participant_at("handed_over")
    given, path = order_of(subject), PATHS[kind]
    by = cast.pharmacist if path.by_pharmacy else cast.nurse
    other = cast.nurse if path.by_pharmacy else cast.pharmacist
    with pytest.raises(NotAllowed):
        actions.report_problem(given, kind=kind, noticed_at=now, by=other.actor(now), at=now)
    with pytest.raises(Refused, match="future"):
        actions.report_problem(given, kind=kind, noticed_at=now + MINUTE, by=by.actor(now), at=now)
    actions.report_problem(given, kind=kind, noticed_at=now, by=by.actor(now), at=now)
    assert ProductProblem.objects.get().order == given
    assert (order_of(subject) is None) == path.bag_lost
    assert [one.grade for one in Deviation.objects.all()] == [path.deviation] * bool(path.deviation)
    if path.bag_lost:
        with pytest.raises(Refused, match="no bag at the bedside"):
            begin(given, cast, now)
        assert slot_of(subject).state == SlotState.RESERVED


def test_no_problem_is_worded_for_one_arm() -> None:
    words = " ".join(str(label) for label in ProductProblem._meta.get_field("kind").choices).lower()
    assert not [word for word in ("cell", "thaw", "viab", "count", "placebo", "lot") if word in words]
