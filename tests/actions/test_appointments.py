"""Reminders to participants themselves: only to who agreed, once, saying nothing; none after death or withdrawal."""

import logging
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from enrollment.actions import record_email_contact, record_ending, record_withdrawal
from enrollment.models import EmailContact
from outcomes.actions.appointments import KIND, plan_appointment_reminders
from outcomes.actions.reminders import mark_unconfirmed, plan_visit_reminders, resend_notice, send_due_notices
from outcomes.rules.retries import CONFIRMED_WITHIN
from tests.actions.test_reminders import BEAT, DAY, MINUTE, Post
from tests.cast import LOGINS
from tests.clinic import NOW, consented, log
from tests.followed import Followed
from tests.secrecy.test_identities import every_row, known
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice, StudySite

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "canary.lee@mail.example"


@pytest.fixture
def eve(cast) -> SimpleNamespace:
    """Seven in the morning, on the study site's clock, of the day before a participant's day-7 visit."""
    subject, infused_at = participant_at("infused")
    infused_on = subject.site.date_of(infused_at)
    morning = datetime.combine(infused_on + 6 * DAY, time(7), tzinfo=subject.site.tz)
    return SimpleNamespace(subject=subject, morning=morning, day6=infused_on + 6 * DAY, cast=cast)


def answer(eve, *, agreed=True, language="en", at=None, **changes) -> EmailContact:
    given = {"agreed": agreed, "email": ADDRESS if agreed else "", "language": language} | changes
    at = at or eve.morning - DAY
    return record_email_contact(eve.subject, **given, by=eve.cast.coordinator.actor(at), at=at)


def plan(eve, at=None) -> list[Notice]:
    plan_appointment_reminders(by=BEAT, at=at or eve.morning)
    return list(Notice.objects.filter(kind=KIND))


def send(eve, post=None, at=None) -> Post:
    """Everything that is due, to everybody."""
    post = post or Post()
    while send_due_notices(post, by=BEAT, at=at or eve.morning + MINUTE):
        pass
    return post


def sent_to_participant(post: Post) -> list:
    return [letter for letter in post.taken if letter.to == [ADDRESS]]


class TestPlanning:
    def test_a_participant_who_agreed_is_told_the_day_before(self, eve):
        answer(eve)
        [notice] = plan(eve)
        assert (notice.participant, notice.recipient, notice.on) == (eve.subject.number, None, eve.day6 + DAY)

    def test_nobody_who_was_not_asked_or_said_no(self, eve):
        assert plan(eve) == []
        answer(eve, agreed=False)
        assert plan(eve) == []

    def test_the_latest_answer_counts(self, eve):
        answer(eve)
        answer(eve, agreed=False)
        assert plan(eve) == []
        answer(eve)
        assert len(plan(eve)) == 1

    def test_from_seven_on_the_clock_of_the_site_and_once_however_often_beat_runs(self, eve):
        answer(eve)
        assert plan(eve, eve.morning - MINUTE) == []
        first = plan(eve)
        assert plan(eve, eve.morning + 10 * timedelta(hours=1)) == first

    def test_not_before_a_day_without_a_visit(self, eve):
        answer(eve)
        assert plan(eve, eve.morning - 2 * DAY) == []

    def test_nothing_without_the_keys_of_the_addresses(self, eve, settings):
        answer(eve)
        settings.CONTACT_KEYS = []
        assert plan(eve) == []


def die(eve):
    told = {"kind": "death", "on": eve.day6, "explanation": "Ward round"}
    record_ending(eve.subject, **told, by=eve.cast.investigator.actor(eve.morning), at=eve.morning)


def withdraw(eve, kind):
    by = eve.cast.coordinator.actor(eve.morning)
    record_withdrawal(eve.subject, kind=kind, on=eve.day6, by=by, at=eve.morning)


def come_today(eve):
    """The visit of tomorrow took place today."""
    followed = Followed(eve.subject, eve.day6 - 6 * DAY, eve.morning, eve.cast)
    followed.record(on=eve.day6, measured_at=eve.morning - timedelta(hours=1))


STOPS = {
    "death": die,
    "consent withdrawn": lambda eve: withdraw(eve, "consent"),
    "objection to the use of data": lambda eve: withdraw(eve, "data_use"),
    "agreement taken back": lambda eve: answer(eve, agreed=False, at=eve.morning),
    "visit took place": come_today,
}


class TestSending:
    def test_once_to_the_address(self, eve):
        answer(eve)
        [notice] = plan(eve)
        post = send(eve, send(eve))
        assert len(sent_to_participant(post)) == 1
        notice.refresh_from_db()
        assert notice.state == "sent"

    @pytest.mark.parametrize("what", STOPS)
    def test_what_is_queued_does_not_leave_after(self, eve, what):
        answer(eve)
        [notice] = plan(eve)
        STOPS[what](eve)
        assert sent_to_participant(send(eve)) == []
        notice.refresh_from_db()
        assert notice.state == "dropped"

    def test_not_when_the_day_has_come(self, eve):
        answer(eve)
        plan(eve)
        assert sent_to_participant(send(eve, at=eve.morning + DAY)) == []

    def test_still_for_whoever_only_discontinued_treatment(self, eve):
        answer(eve)
        plan(eve)
        withdraw(eve, "treatment")
        assert len(sent_to_participant(send(eve))) == 1

    def test_a_new_address_counts_for_what_is_queued(self, eve):
        answer(eve)
        plan(eve)
        answer(eve, email="new@mail.example")
        assert [letter.to for letter in send(eve).taken] == [["new@mail.example"]]

    def test_what_may_have_been_sent_is_not_sent_again_but_by_a_person_and_only_if_still_wanted(self, eve):
        answer(eve)
        [notice] = plan(eve)
        send(eve, Post(failure=TimeoutError()))
        mark_unconfirmed(by=BEAT, at=eve.morning + CONFIRMED_WITHIN)
        assert sent_to_participant(send(eve, at=eve.morning + DAY / 4)) == []
        answer(eve, agreed=False)
        resend_notice(notice, by=eve.cast.coordinator.actor(eve.morning), at=eve.morning)
        assert sent_to_participant(send(eve)) == []


class TestLetter:
    @pytest.mark.parametrize(("language", "word"), [("en", "appointment"), ("zh-hans", "预约")])
    def test_in_the_participant_s_language_and_about_nothing_but_an_appointment(self, eve, language, word):
        answer(eve, language=language)
        plan(eve)
        [letter] = sent_to_participant(send(eve))
        assert word in letter.body
        silent = ["covid", "nct0", "trial", "study", "msc", "stem", "placebo", "canary", "infus", "visit"]
        silent += ["d7", "site", "新冠", "肺炎", "研究", "试验", "干细胞", "访视", eve.subject.number]
        said = f"{letter.subject} {letter.body}".lower()
        assert [one for one in silent if one in said] == []

    def test_it_names_the_day(self, eve):
        answer(eve)
        plan(eve)
        [letter] = sent_to_participant(send(eve))
        assert str((eve.day6 + DAY).day) in letter.body
        assert letter.message()["Auto-Submitted"] == "auto-generated"


class TestSecrecy:
    def test_the_address_is_in_no_row_no_history_no_ledger_and_no_log(self, eve, client, caplog, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        caplog.set_level(logging.DEBUG)
        answer(eve)
        plan(eve)
        send(eve, Post(failure=TimeoutError(ADDRESS)))
        client.force_login(eve.cast.coordinator.staff)
        ledger = client.get(reverse("outcomes:reminders")).content.decode()
        assert f"participant {eve.subject.number}" in ledger
        told = "\n".join(every_row()) + ledger + caplog.text
        assert ADDRESS not in told
        assert Event.objects.filter(table="enrollment_emailcontact").count() == 1

    def test_the_page_shows_it_only_with_the_entry_after_a_look_on_record(self, eve, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        client.force_login(eve.cast.coordinator.staff)
        here = [eve.subject.number]
        page = reverse("enrollment:email_contact", args=here)
        wrong = client.post(page, {"agreed": "yes", "email": "nobody", "language": "en"})
        assert (wrong.status_code, EmailContact.objects.count()) == (422, 0)
        assert client.post(page, {"agreed": "yes", "email": "", "language": "en"}).status_code == 422
        assert client.post(page, {"agreed": "yes", "email": ADDRESS, "language": "en"}).status_code == 302
        assert ADDRESS not in client.get(reverse("enrollment:identity", args=here)).content.decode()
        assert ADDRESS in client.post(reverse("enrollment:show_identity", args=here)).content.decode()

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_only_whoever_keeps_the_identification_log(self, cast, who):
        subject, by = known(cast), getattr(cast, who).actor(NOW)
        with pytest.raises(NotAllowed):
            record_email_contact(subject, agreed=True, email=ADDRESS, by=by, at=NOW)

    def test_not_at_another_site_and_not_before_it_is_known_who_they_are(self, cast):
        elsewhere = log(cast, site=StudySite.objects.get(code="02"), by=cast.outsider)
        given = {"agreed": True, "email": ADDRESS, "at": NOW}
        with pytest.raises(NotAllowed):
            record_email_contact(elsewhere, by=cast.principal.actor(NOW), **given)
        with pytest.raises(Refused, match="who this is"):
            record_email_contact(consented(cast), by=cast.coordinator.actor(NOW), **given)


class TestBeside:
    def test_an_error_in_one_reminder_keeps_no_other_from_leaving(self, eve, monkeypatch):
        """What cannot be opened stands as claimed, and so before a person; the coordinator's letter leaves."""
        answer(eve)
        [broken] = plan(eve)
        plan_visit_reminders(by=BEAT, at=eve.morning)
        monkeypatch.setattr("django.conf.settings.CONTACT_KEYS", [])
        with pytest.raises(Refused, match="sealed with a key"):
            send(eve)
        monkeypatch.undo()
        assert [letter.to for letter in send(eve).taken] == [[eve.cast.coordinator.email]]
        broken.refresh_from_db()
        assert broken.state == "claimed"
