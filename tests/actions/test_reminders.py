"""Reminders of tomorrow's visits: who gets one, when, what it says, and what becomes of it."""

import smtplib
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from enrollment.actions import record_withdrawal
from outcomes.actions import record_adverse_event
from outcomes.actions.letters import visit_reminder
from outcomes.actions.reminders import (
    KIND,
    claim_notices,
    mark_unconfirmed,
    plan_visit_reminders,
    send_due_notices,
)
from outcomes.rules.retries import CONFIRMED_WITHIN, WAITS
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.core.actions import choose_language
from trial_site.core.actors import Actor
from trial_site.core.models import Notice, StaffMember

pytestmark = pytest.mark.django_db(transaction=True)
BEAT = Actor.system("visit reminders")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class Post(BaseEmailBackend):
    """A mail server that takes everything, cannot be reached, or fails."""

    def __init__(self, *, down: bool = False, failure: Exception | None = None) -> None:
        super().__init__()
        self.down, self.failure, self.taken = down, failure, []

    def open(self) -> None:
        if self.down:
            raise ConnectionRefusedError

    def send_messages(self, messages) -> None:
        if self.failure:
            raise self.failure
        self.taken += messages


@pytest.fixture
def eve(cast) -> SimpleNamespace:
    """Seven in the morning, on the study site's clock, of the day before a participant's day-7 visit."""
    subject, infused_at = participant_at("infused")
    day6 = subject.site.date_of(infused_at) + 6 * DAY
    morning = datetime.combine(day6, time(7), tzinfo=subject.site.tz)
    return SimpleNamespace(subject=subject, morning=morning, day6=day6, day7=day6 + DAY, cast=cast)


def plan(at: datetime) -> list[Notice]:
    plan_visit_reminders(by=BEAT, at=at)
    return list(reminders())


def reminders() -> QuerySet[Notice]:
    """A death is told to others as well, as a serious event."""
    return Notice.objects.filter(kind=KIND)


def send(post: Post, at: datetime) -> bool:
    return send_due_notices(post, by=BEAT, at=at)


def state() -> str:
    return reminders().get().state


class TestPlanning:
    def test_the_site_s_coordinator_is_told_the_day_before(self, eve):
        [notice] = plan(eve.morning)
        coordinator = eve.cast.coordinator.staff
        assert notice.key == f"visits:01:{coordinator.pk}:{eve.day7}"
        assert (notice.recipient, notice.site, notice.on, notice.count) == (
            coordinator,
            eve.subject.site,
            eve.day7,
            1,
        )

    def test_not_before_seven_on_the_clock_of_the_site(self, eve):
        assert plan(eve.morning - MINUTE) == []
        assert len(plan(eve.morning)) == 1

    def test_once_however_often_beat_runs(self, eve):
        [first] = plan(eve.morning)
        assert plan(eve.morning + MINUTE) == [first]
        assert plan(eve.morning + 10 * timedelta(hours=1)) == [first]

    def test_nothing_on_a_day_before_a_day_without_visits(self, eve):
        assert plan(eve.morning - DAY) == []

    @pytest.mark.parametrize("kind", ["consent", "data_use"])
    def test_not_for_a_participant_who_has_withdrawn(self, eve, kind):
        withdraw(eve, kind)
        assert plan(eve.morning) == []

    def test_still_for_a_participant_who_only_discontinued_treatment(self, eve):
        withdraw(eve, "treatment")
        assert len(plan(eve.morning)) == 1

    def test_not_for_a_participant_who_died(self, eve):
        die(eve)
        assert plan(eve.morning) == []

    def test_not_to_a_coordinator_who_has_left(self, eve):
        retire(eve.cast.coordinator.staff, by=BEAT)
        assert plan(eve.morning) == []


class TestSending:
    def test_a_notice_is_sent_once(self, eve):
        plan(eve.morning)
        post = Post()
        assert send(post, eve.morning) is True
        assert send(post, eve.morning) is False
        assert (state(), len(post.taken)) == ("sent", 1)

    @pytest.mark.parametrize("kind", ["consent", "data_use"])
    def test_none_leaves_after_withdrawal_though_it_was_planned(self, eve, kind):
        plan(eve.morning)
        withdraw(eve, kind)
        assert_dropped(eve)

    def test_none_leaves_after_death_though_it_was_planned(self, eve):
        plan(eve.morning)
        die(eve)
        assert_dropped(eve)

    def test_none_to_somebody_who_left_meanwhile(self, eve):
        plan(eve.morning)
        retire(eve.cast.coordinator.staff, by=BEAT)
        assert_dropped(eve)

    def test_none_when_the_day_of_the_visits_has_come(self, eve):
        plan(eve.morning)
        eve.morning += DAY
        assert_dropped(eve)

    def test_what_was_refused_is_tried_again_later_and_given_up_in_the_end(self, eve):
        plan(eve.morning)
        at, refusing = eve.morning, Post(failure=smtplib.SMTPDataError(451, b"later"))
        for wait in WAITS:
            assert send(refusing, at) is True
            assert state() == "planned"
            assert send(refusing, at + wait - timedelta(seconds=1)) is False
            at += wait
        send(refusing, at)
        assert (state(), Notice.objects.get().attempts) == ("failed", len(WAITS) + 1)
        assert send(Post(), at + DAY / 4) is False

    def test_a_run_ends_when_the_mail_server_cannot_be_reached(self, eve):
        plan(eve.morning)
        assert send(Post(down=True), eve.morning) is False
        assert state() == "planned"
        assert send(Post(), eve.morning + WAITS[0]) is True
        assert state() == "sent"

    @pytest.mark.parametrize("lost", [TimeoutError(), smtplib.SMTPServerDisconnected()], ids=repr)
    def test_a_lost_connection_leaves_it_uncertain_and_it_is_not_sent_again(self, eve, lost):
        plan(eve.morning)
        send(Post(failure=lost), eve.morning)
        assert state() == "uncertain"
        assert send(Post(), eve.morning + DAY / 4) is False

    def test_a_claim_that_nobody_confirmed_is_shown_and_not_sent_again(self, eve):
        plan(eve.morning)
        assert len(claim_notices(by=BEAT, at=eve.morning)) == 1
        mark_unconfirmed(by=BEAT, at=eve.morning + CONFIRMED_WITHIN)
        assert state() == "claimed"
        mark_unconfirmed(by=BEAT, at=eve.morning + CONFIRMED_WITHIN + MINUTE)
        assert state() == "uncertain"
        assert send(Post(), eve.morning + DAY / 4) is False


class TestLetter:
    def letter(self, eve, language="en", count=1):
        [notice] = plan(eve.morning)
        choose_language(notice.recipient, language=language, by=BEAT)
        return visit_reminder(notice, count)

    def test_it_says_how_many_visits_when_and_where_to_look(self, eve, settings):
        settings.PUBLIC_URL = "https://study.example"
        letter = self.letter(eve, count=2)
        assert letter.subject == "2 visits tomorrow"
        assert "2 visits are planned for" in letter.body
        assert "https://study.example/" in letter.body
        assert letter.to == [eve.cast.coordinator.email]

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_it_names_no_participant_disease_arm_or_value(self, eve, language):
        letter = self.letter(eve, language)
        said = str(letter.message()).lower()
        silent = ["covid", "nct", "msc", "placebo", "canary", eve.subject.number, "infus", "day 7", "visit d"]
        assert [word for word in silent if word.lower() in said] == []

    def test_every_attempt_carries_the_same_message_id(self, eve):
        first, second = self.letter(eve), self.letter(eve)
        assert first.message()["Message-ID"] == second.message()["Message-ID"]
        assert first.message()["Auto-Submitted"] == "auto-generated"


def withdraw(eve: SimpleNamespace, kind: str) -> None:
    by = eve.cast.coordinator.actor(eve.morning)
    record_withdrawal(eve.subject, kind=kind, on=eve.day6, by=by, at=eve.morning)


def die(eve: SimpleNamespace) -> None:
    death = {"term": "Myocardial infarction", "started_on": eve.day6, "ended_on": eve.day6}
    death |= {"grade": 5, "serious": True, "outcome": "fatal"}
    by = eve.cast.coordinator.actor(eve.morning)
    record_adverse_event(eve.subject, values=death, by=by, at=eve.morning)


@action
def retire(staff: StaffMember, *, by: Actor) -> None:
    staff.is_active = False
    staff.save(update_fields=["is_active"])


def assert_dropped(eve: SimpleNamespace) -> None:
    post = Post()
    while send(post, eve.morning):
        pass
    assert state() == "dropped"
    assert [letter.subject for letter in post.taken if "tomorrow" in letter.subject] == []
