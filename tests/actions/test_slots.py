"""Slots, and the units that give infusions: hours, capacity, blocked days; moving; the first ones kept apart."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.mail import get_connection
from django.db import IntegrityError

from dosing import actions
from dosing.models import BlockedDay, InfusionSlot, InfusionUnit, SlotState
from dosing.selectors import blocked_days, due_infusions, free_days, free_slots, slot_of, slots_of, unit_of
from outcomes.actions.reminders import send_due_notices
from tests.races.test_randomization import at_once
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.core.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planned(seed: int = 1, **when):
    return participant_at("planned", seed=seed, **when)


def set_up(cast, now, *, by=None, version=None, **values):
    unit = unit_of(cast.site)
    given = {"first_hour": 8, "last_hour": 16, "capacity": 4, "lead_minutes": 120} | values
    by = (by or cast.coordinator).actor(now)
    return actions.set_up_unit(cast.site, version=version or unit.version, by=by, at=now, **given)


def test_the_unit_is_set_up_by_coordinator_or_pharmacy_and_counts_for_slots_to_come(cast):
    subject, now = planned()
    set_up(cast, now, first_hour=10, last_hour=11)
    assert {start.hour for start in free_slots(subject, at=now)} <= {10, 11}
    set_up(cast, now, by=cast.pharmacist, lead_minutes=24 * 60)
    assert min(free_slots(subject, at=now)) >= now + DAY
    for member in (cast.nurse, cast.assessor, cast.outsider, cast.administrator):
        with pytest.raises(NotAllowed):
            set_up(cast, now, by=member)
    with pytest.raises(StaleRecord):
        set_up(cast, now, version=1)
    for changed, field in (({"first_hour": 17}, "last_hour"), ({"lead_minutes": 119}, "lead_minutes")):
        with pytest.raises(Refused) as refusal:
            set_up(cast, now, **changed)
        assert list(refusal.value.fields) == [field]
    event = Event.objects.filter(table="dosing_infusionunit", operation="U").latest("pk")
    assert (event.role, event.old["lead_minutes"], event.new["lead_minutes"]) == ("pharmacist", 120, 1440)


def test_a_blocked_day_is_offered_to_nobody_until_it_is_opened_again(cast):
    subject, now = planned()
    by, taken = cast.coordinator.actor(now), slot_of(subject).on
    day = next(each.on for each in free_days(subject, at=now) if each.starts and each.on != taken)
    with pytest.raises(Refused, match="Move it first"):
        actions.block_day(cast.site, on=taken, why="holiday", by=by, at=now)
    with pytest.raises(Refused, match="is over"):
        actions.block_day(cast.site, on=cast.site.date_of(now) - DAY, why="holiday", by=by, at=now)
    actions.block_day(cast.site, on=day, why="holiday", by=by, at=now)
    assert day not in {start.date() for start in free_slots(subject, at=now)}
    with pytest.raises(Refused, match="blocked already"):
        actions.block_day(cast.site, on=day, why="staff", by=by, at=now)
    start = next(start for start in free_slots(subject, at=now) if start.date() > day) - DAY
    with pytest.raises(Refused, match="no more infusions on this day"):
        actions.move_slot(
            slot_of(subject),
            starts_at=start.replace(year=day.year, month=day.month, day=day.day),
            reason="Later",
            by=by,
            at=now,
        )
    actions.open_day(cast.site, on=day, by=cast.pharmacist.actor(now), at=now)
    assert day in {start.date() for start in free_slots(subject, at=now)}
    assert not blocked_days(cast.site).exists()
    assert BlockedDay.objects.get().opened_at == now


def test_moving_keeps_the_history_and_tells_the_pharmacy(cast):
    subject, now = planned()
    old, by = slot_of(subject), cast.coordinator.actor(now)
    later = next(start for start in free_slots(subject, at=now) if start > old.starts_at)
    with pytest.raises(Refused) as refusal:
        actions.move_slot(old, starts_at=later, reason=" ", by=by, at=now)
    assert list(refusal.value.fields) == ["reason"]
    with pytest.raises(Refused, match="outside the infusion window"):
        actions.move_slot(old, starts_at=later + 9 * DAY, reason="CT first", by=by, at=now)
    assert slot_of(subject).pk == old.pk, "a refused move leaves the slot as it was"
    moved = actions.move_slot(old, starts_at=later, reason="CT first", by=by, at=now)
    subject.refresh_from_db()
    assert (slot_of(subject).pk, subject.planned_infusion_at) == (moved.pk, later)
    assert [(one.state, one.cancel_reason) for one in slots_of(subject)] == [
        ("reserved", ""),
        ("cancelled", "CT first"),
    ]
    told = Notice.objects.filter(kind="slot").values_list("recipient__email", flat=True)
    assert sorted(told) == ["pharmacist1@demo.example", "pharmacist2@demo.example"]


@pytest.fixture
def first_ones_infused(cast):
    """The first three participants of the study are infused, so that the others may follow each other closely."""
    for seed in (11, 12, 13):
        _, now = participant_at("started", seed=seed)
    return now


def test_the_first_participants_are_infused_a_day_apart_whatever_they_get(cast):
    _, now = planned(seed=1)
    taken = InfusionSlot.objects.get().starts_at
    second, _ = planned(seed=2)
    other = InfusionSlot.objects.get(subject=second).starts_at
    assert abs(other - taken) >= DAY
    for near in (taken, taken + 23 * HOUR, taken - 23 * HOUR):
        assert near not in free_slots(second, at=now)
    with pytest.raises(
        Refused, match="first 3 participants of the study are infused at least 24 hours apart"
    ):
        actions.move_slot(
            slot_of(second),
            starts_at=taken.astimezone(cast.site.tz) + HOUR,
            reason="Closer",
            by=cast.coordinator.actor(now),
            at=now,
        )


def test_of_two_people_who_take_the_last_slot_one_gets_it(cast, first_ones_infused):
    """The same start, and the last of the day at two different hours."""
    (first, now), (second, later) = planned(seed=1), planned(seed=2)
    now = max(now, later)
    for subject in (first, second):
        actions.cancel_slot(slot_of(subject), reason="Story", by=cast.coordinator.actor(now), at=now)
        subject.refresh_from_db()
    set_up(cast, now, capacity=1)
    both = sorted({*free_slots(first, at=now)} & {*free_slots(second, at=now)})
    one, two = next(pair for pair in pairwise(both) if pair[0].date() == pair[1].date())
    for starts in ((one, one), (one, two)):
        results = at_once(
            [
                lambda s=s, t=t: actions.reserve_slot(s, starts_at=t, by=cast.coordinator.actor(now), at=now)
                for s, t in zip((first, second), starts, strict=True)
            ]
        )
        refusals = [str(result) for result in results if isinstance(result, Refused)]
        assert refusals in (
            ["This time was just taken. Choose another one."],
            ["The study site gives no more infusions on this day."],
        )
        reserved = InfusionSlot.objects.get(on=one.date(), state=SlotState.RESERVED)
        actions.cancel_slot(reserved, reason="Again", by=cast.coordinator.actor(now), at=now)


@action
def write_slot(subject, *, by, **values):
    """Past every rule, as a faulty program would."""
    given = {"site": subject.site, "on": values["starts_at"].date(), "reserved_by_id": by.id}
    return InfusionSlot.objects.create(subject=subject, **given | values)


def test_the_database_keeps_window_capacity_and_blocked_days_whoever_writes(cast, first_ones_infused):
    subject, now = planned(seed=1)
    slot, by = slot_of(subject), cast.coordinator.actor(now)
    actions.cancel_slot(slot, reason="Story", by=by, at=now)
    window = {"first_day": slot.first_day, "last_day": slot.last_day}
    late = slot.starts_at + 20 * DAY
    with pytest.raises(IntegrityError, match="slot_inside_window"):
        write_slot(subject, starts_at=late, **window, on=slot.on, by=by)
    actions.block_day(cast.site, on=slot.on, why="room", by=by, at=now)
    with pytest.raises(IntegrityError, match="blocked"):
        write_slot(subject, starts_at=slot.starts_at, **window, by=by)
    actions.open_day(cast.site, on=slot.on, by=by, at=now)
    other, _ = planned(seed=2)
    set_up(cast, now, capacity=1)
    full = slot_of(other)
    with pytest.raises(IntegrityError, match="full"):
        write_slot(subject, starts_at=full.starts_at + HOUR, first_day=full.on, last_day=full.on, by=by)
    assert InfusionUnit.objects.get().capacity == 1


def warn(at):
    actions.plan_window_warnings(by=Actor.system("window warnings"), at=at)
    return Notice.objects.filter(kind="window").count()


def test_whoever_may_act_is_warned_72_48_and_24_hours_before_the_window_closes(cast):
    subject, now = planned()
    last = slot_of(subject).last_day
    closes = (now.astimezone(cast.site.tz)).replace(
        year=last.year, month=last.month, day=last.day, hour=0, minute=0, second=0, microsecond=0
    ) + DAY
    people = 3  # principal investigator, investigator, coordinator
    assert warn(closes - 73 * HOUR) == 0
    assert warn(closes - 72 * HOUR) == people
    assert warn(closes - 71 * HOUR) == people, "each warning once"
    assert warn(closes - 48 * HOUR) == 2 * people
    assert warn(closes - 24 * HOUR) == 3 * people
    assert warn(closes) == 3 * people
    [due] = due_infusions(cast.coordinator.actor(now), closes - 30 * HOUR)
    assert (due.closing, due.hours_left) == (True, 30)
    assert not due_infusions(cast.coordinator.actor(now), closes - 80 * HOUR)[0].closing


def test_nobody_is_warned_of_a_participant_who_is_infused(cast):
    subject, now = participant_at("infused")
    assert warn(now + 2 * DAY) == 0
    assert slot_of(subject).state == SlotState.USED


def test_the_letters_name_site_and_day_and_no_participant(cast, mailoutbox):
    subject, now = planned()
    closes = now + (slot_of(subject).last_day - cast.site.date_of(now)) * 1
    warn(closes)
    actions.cancel_slot(slot_of(subject), reason="Ward full", by=cast.coordinator.actor(now), at=now)
    post, by = get_connection(), Actor.system("visit reminders")
    while send_due_notices(post, by=by, at=closes):
        pass
    subjects = sorted(mail.subject for mail in mailoutbox)
    assert subjects == ["1 infusion window closes"] * 3 + ["Planned infusions changed"] * 2
    for mail in mailoutbox:
        assert "site 01" in mail.body
        assert subject.number not in mail.subject + mail.body
        assert "Ward full" not in mail.body
