"""The table of consequences, row by row: what becomes of everything that waits for a participant."""

from datetime import datetime, time, timedelta

import pytest

from dosing.actions import start_infusion
from dosing.actions.endings import settle_endings
from dosing.models import InfusionOrder, InfusionSlot
from dosing.selectors import due_infusions, free_slots, orders_at
from enrollment import actions
from enrollment.models import Subject
from enrollment.rules.consequences import (
    CONSEQUENCES,
    Attempt,
    Event,
    Kit,
    Order,
    Reminders,
    Slot,
    Visits,
    attempts_in_vain,
    death_is_serious_event,
)
from enrollment.selectors import infusion_window, standing, taking_part
from outcomes.actions import record_adverse_event
from outcomes.actions.reminders import plan_visit_reminders, send_due_notices
from outcomes.selectors import planned_visits
from randomization.selectors import kit_of
from tests.actions.test_reminders import Post
from tests.clinic import NOW, TODAY, consented, eligible
from tests.story import participant_at
from trial_site.casebook.selectors import work_of
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice

transactional = pytest.mark.django_db(transaction=True)
BEAT = Actor.system("settle endings")
DAY = timedelta(days=1)
WITHDRAWALS = (Event.CONSENT, Event.TREATMENT, Event.DATA_USE)
RECORDED = [event for event in Event if event is not Event.NEVER_INFUSED]


def happens(cast, subject: Subject, event: Event, at: datetime) -> datetime:
    """Make it true through the actions; returns the instant from which it is."""
    on = subject.site.date_of(at)
    if event in WITHDRAWALS:
        actions.record_withdrawal(subject, kind=event, on=on, by=cast.coordinator.actor(at), at=at)
    elif event is Event.NEVER_INFUSED:
        closed = infusion_window(subject).last + DAY
        return datetime.combine(closed, time(0, 1), tzinfo=subject.site.tz)
    else:
        if event is Event.LOST:
            at, on = tried_in_vain(cast, subject, at)
        ended(cast, subject, event, on=on, at=at)
    return at


def ended(cast, subject, kind, *, on, at, by=None):
    by = by or (cast.coordinator if kind in (Event.DEATH, Event.LOST) else cast.investigator)
    return actions.record_ending(
        subject, kind=kind, on=on, explanation="Told by the ward.", by=by.actor(at), at=at
    )


def tried(cast, subject, on, *, reached=False, at=None):
    return actions.record_contact_attempt(
        subject, on=on, means="phone", reached=reached, by=cast.coordinator.actor(at or NOW), at=at or NOW
    )


def tried_in_vain(cast, subject, at):
    for day in range(3):
        tried(cast, subject, subject.site.date_of(at + day * DAY), at=at + day * DAY)
    return at + 2 * DAY, subject.site.date_of(at + 2 * DAY)


@transactional
@pytest.mark.parametrize("event", Event)
def test_before_the_dose(cast, event):
    subject, now = participant_at("released")
    kit, row = kit_of(subject), CONSEQUENCES[event]
    now = happens(cast, subject, event, now)
    settle_endings(by=BEAT, at=now)
    settle_endings(by=BEAT, at=now)
    subject.refresh_from_db()
    slot = InfusionSlot.objects.get(subject=subject)
    assert (slot.state == "cancelled") == (row.slot is Slot.GIVEN_BACK)
    assert slot.starts_at in free_slots(subject, at=slot.starts_at - timedelta(hours=3))
    assert (InfusionOrder.objects.get(subject=subject).state == "cancelled") == (row.order is Order.CANCELLED)
    assert not orders_at(cast.pharmacist.actor(now), ["ordered", "released"])
    assert row.kit is Kit.RETURNED
    assert kit_of(subject) == kit
    assert subject.planned_infusion_at is None
    assert [due for due in due_infusions(cast.nurse.actor(now), now) if not due.missed] == []
    expected = {visit.status for visit in planned_visits(subject, on=subject.site.date_of(now) + 5 * DAY)}
    assert ("expected" in expected) == (row.visits is Visits.GO_ON)
    assert standing(subject).may_contact == (row.reminders is Reminders.GO_ON)


@transactional
@pytest.mark.parametrize("event", RECORDED)
def test_in_follow_up_no_queued_reminder_leaves_that_should_not(cast, event):
    subject, infused_at = participant_at("infused")
    row, target = CONSEQUENCES[event], subject.site.date_of(infused_at) + 14 * DAY
    happens(cast, subject, event, infused_at + DAY)
    eve = datetime.combine(target - DAY, time(7), tzinfo=subject.site.tz)
    plan_visit_reminders(by=BEAT, at=eve)
    assert Notice.objects.exists() == (row.reminders is Reminders.GO_ON)


@transactional
@pytest.mark.parametrize("event", RECORDED)
def test_not_even_one_queued_before(cast, event):
    subject, infused_at = participant_at("infused")
    eve = datetime.combine(subject.site.date_of(infused_at) + 6 * DAY, time(7), tzinfo=subject.site.tz)
    plan_visit_reminders(by=BEAT, at=eve)
    [notice] = Notice.objects.all()
    happens(cast, subject, event, eve - 2 * DAY if event is Event.LOST else eve)
    post = Post()
    send_due_notices(post, by=BEAT, at=eve + timedelta(minutes=1))
    notice.refresh_from_db()
    goes_on = CONSEQUENCES[event].reminders is Reminders.GO_ON
    assert (notice.state, len(post.taken)) == (("sent", 1) if goes_on else ("dropped", 0))


@transactional
@pytest.mark.parametrize("event", RECORDED)
def test_nobody_is_infused_after_it(cast, event):
    """Also in the minute before the slot is given back, with the bag at the bedside."""
    subject, now = participant_at("handed_over")
    now = happens(cast, subject, event, now)
    with pytest.raises(Refused, match=r"ended treatment|is not possible for participant"):
        start_infusion(
            InfusionOrder.objects.get(subject=subject),
            participant_code=subject.number,
            bag_code=kit_of(subject).number,
            second_person=cast.second_nurse.staff,
            second_password=cast.password,
            by=cast.nurse.actor(now),
            at=now,
        )


@pytest.mark.django_db
def test_the_dead_are_not_signed_eligible_and_wait_on_no_list(cast):
    subject = consented(cast)
    ended(cast, subject, "death", on=TODAY, at=NOW)
    assert not taking_part(Subject.objects.all()).exists()
    assert not standing(subject).treatment_stands


@transactional
def test_a_fatal_event_before_the_dose_stops_it_and_is_an_outcome(cast):
    """Written down once, low enough for slot and order to follow from it; the event is serious by its grade."""
    subject, now = participant_at("released")
    fatal_event(cast, subject, now)
    [death] = subject.endings.all()
    assert (death.kind, death.on) == ("death", subject.site.date_of(now))
    settle_endings(by=BEAT, at=now)
    assert InfusionOrder.objects.get(subject=subject).state == "cancelled"
    assert CONSEQUENCES[Event.DEATH].analysis.value == "outcome"


@transactional
def test_a_death_waits_for_its_serious_adverse_event(cast):
    subject, now = participant_at("ready")
    ended(cast, subject, Event.DEATH, on=subject.site.date_of(now), at=now)
    [todo] = [one for one in work_of(cast.coordinator.actor(now), at=now) if "death" in one.sentence]
    assert todo.url.endswith(f"/{subject.number}/adverse-events/")
    fatal_event(cast, subject, now)
    assert not [one for one in work_of(cast.coordinator.actor(now), at=now) if "death" in one.sentence]
    assert subject.endings.count() == 1


def fatal_event(cast, subject, now):
    on = subject.site.date_of(now)
    values = {"term": "Pulmonary embolism", "started_on": on, "ended_on": on}
    values |= {"grade": 5, "serious": True, "outcome": "fatal"}
    record_adverse_event(subject, values=values, by=cast.coordinator.actor(now), at=now)


@pytest.mark.django_db
def test_lost_needs_attempts_on_three_days_since_the_last_contact(cast):
    subject = eligible(cast)
    later = NOW + 10 * DAY
    for day, reached in [(0, False), (1, False), (2, True), (3, False), (3, False), (4, False)]:
        tried(cast, subject, TODAY + day * DAY, reached=reached, at=later)
    with pytest.raises(Refused, match="3 days since the last contact; 2 recorded"):
        ended(cast, subject, "lost", on=TODAY + 5 * DAY, at=later)
    tried(cast, subject, TODAY + 5 * DAY, at=later)
    ended(cast, subject, "lost", on=TODAY + 5 * DAY, at=later)
    assert not standing(subject).followed


@pytest.mark.django_db
def test_who_is_found_again_goes_on_and_the_row_stays(cast):
    subject = eligible(cast)
    at, on = tried_in_vain(cast, subject, NOW)
    lost = ended(cast, subject, "lost", on=on, at=at)
    with pytest.raises(Refused, match="why"):
        actions.take_back_ending(lost, reason=" ", by=cast.coordinator.actor(at), at=at)
    actions.take_back_ending(lost, reason="Came to the clinic.", by=cast.coordinator.actor(at), at=at)
    assert standing(subject).followed
    with pytest.raises(Refused, match="no longer stands"):
        actions.take_back_ending(lost, reason="Again", by=cast.coordinator.actor(at), at=at)
    ended(cast, subject, "lost", on=on, at=at)
    assert [ending.stands for ending in subject.endings.all()] == [False, True]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("death", "nurse"),
        ("death", "assessor"),
        ("lost", "monitor"),
        ("discontinued", "coordinator"),
        ("worsened", "outsider"),
    ],
)
def test_only_whose_task_it_is(cast, kind, who):
    with pytest.raises(NotAllowed):
        ended(cast, eligible(cast), kind, on=TODAY, at=NOW, by=getattr(cast, who))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "on"),
    [("death", TODAY + DAY), ("death", TODAY - DAY), ("discontinued", TODAY), ("worsened", TODAY)],
)
def test_what_cannot_be_is_refused(cast, kind, on):
    subject = eligible(cast)
    with pytest.raises(Refused):
        ended(cast, subject, kind, on=on, at=NOW)
    assert not subject.endings.exists()


def test_every_event_has_its_row_and_every_row_stops_the_dose():
    assert CONSEQUENCES.keys() == set(Event)
    assert all(row.slot is Slot.GIVEN_BACK for row in CONSEQUENCES.values())


def test_a_death_after_consent_is_a_serious_event_infused_or_not():
    assert death_is_serious_event(TODAY, consented_on=TODAY)
    assert not death_is_serious_event(TODAY - DAY, consented_on=TODAY)
    assert not death_is_serious_event(TODAY, consented_on=None)


@pytest.mark.parametrize(
    ("days", "count"),
    [([], 0), ([(1, False)], 1), ([(1, False), (1, False)], 1), ([(1, False), (2, True)], 0),
     ([(1, True), (1, False)], 0), ([(1, True), (2, False), (3, False)], 2)],
)  # fmt: skip
def test_attempts_count_by_day_and_since_the_last_contact(days, count):
    attempts = [Attempt(TODAY + day * DAY, reached) for day, reached in days]
    assert attempts_in_vain(attempts) == count
