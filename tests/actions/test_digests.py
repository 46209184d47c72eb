"""What waits, told each morning to whoever it waits for and wants to know; and calls the day before a visit."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from enrollment.actions import record_ending, record_withdrawal
from enrollment.models import ContactAttempt
from outcomes.actions import record_call, report_serious_event
from outcomes.actions.digests import choose_reminders, plan_digests
from outcomes.actions.letters import DIGESTS as LETTERS
from outcomes.actions.letters import digest
from outcomes.actions.reminders import TOPICS, send_due_notices
from outcomes.models import ReminderKind, VisitCall
from outcomes.selectors.calls import calls_for
from outcomes.selectors.digests import DIGESTS, kinds_for
from tests.actions.test_outcomes import TestQueriesOfChecks
from tests.actions.test_reminders import BEAT, Post
from tests.followed import Followed
from tests.story import participant_at
from trial_site.core.actions import choose_language
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def morning(followed, number, hour=7, minute=0):
    return datetime.combine(followed.day(number), time(hour, minute), tzinfo=followed.subject.site.tz)


def told(kind):
    """Roles of those who are told, and of how many things at once sending."""
    return sorted(Notice.objects.filter(kind=kind).values_list("recipient__role", flat=True))


def plan(followed, number, **clock):
    plan_digests(by=BEAT, at=morning(followed, number, **clock))


def still(notice, at):
    return TOPICS[notice.kind].still_due(notice, at)


class TestWhoIsTold:
    def test_a_window_that_closes_tomorrow_is_told_to_those_who_fill_in_the_visit(self, followed):
        plan(followed, 6)
        assert told("closing") == []
        plan(followed, 7)
        assert told("closing") == ["assessor", "coordinator"]

    def test_a_visit_that_took_place_has_no_window_to_close(self, followed):
        followed.record()
        plan(followed, 8)
        assert told("closing") == []

    def test_everyone_is_told_of_their_own_overdue_forms(self, followed):
        plan(followed, 2)
        counts = {
            n.recipient.role: still(n, morning(followed, 2)) for n in Notice.objects.filter(kind="overdue")
        }
        # day 0 and day 1 are past: VS CP NS SY, VS CP SY, and two days of the daily status
        assert counts["assessor"] == 4 + 3 + 2
        assert counts["coordinator"] > 0
        assert "investigator" not in counts

    def test_open_queries_are_told_to_those_who_answer_them(self, followed):
        followed.record(heart_rate=160, concerns=[TestQueriesOfChecks().doubt("heart_rate")])
        plan(followed, 8)
        assert told("queries") == [
            "assessor",
            "coordinator",
            "investigator",
            "nurse",
            "nurse",
            "principal_investigator",
        ]

    def test_a_screened_person_waits_for_a_signature(self, cast):
        subject, now = participant_at("screened")
        screened = Followed(subject, subject.site.date_of(now), now, cast)
        plan(screened, 1)
        assert told("unsigned") == ["investigator", "principal_investigator"]

    def test_every_kind_has_a_letter_a_topic_and_somebody(self):
        assert set(DIGESTS) == set(LETTERS) == set(ReminderKind) - {ReminderKind.VISITS}
        assert set(ReminderKind) <= set(TOPICS)


class TestWhen:
    def test_between_seven_and_nine_once(self, followed):
        for clock in ({"hour": 6, "minute": 59}, {"hour": 9}):
            plan(followed, 7, **clock)
            assert told("closing") == []
        for minute in (0, 1, 59):
            plan(followed, 7, minute=minute)
        assert len(told("closing")) == 2

    @pytest.mark.parametrize("how", ["death", "withdrawal"])
    def test_none_leaves_after_death_or_withdrawal_though_it_was_planned(self, followed, how):
        plan(followed, 7)
        given = {"on": followed.day(7), "at": followed.now}
        if how == "death":
            told_by = {"explanation": "Ward round", "by": followed.investigator}
            record_ending(followed.subject, kind="death", **told_by, **given)
        else:
            record_withdrawal(followed.subject, kind="consent", by=followed.coordinator, **given)
        post = Post()
        while send_due_notices(post, by=BEAT, at=morning(followed, 7, minute=30)):
            pass
        assert set(Notice.objects.values_list("state", flat=True)) == {"dropped"}
        assert post.taken == []

    def test_what_is_done_meanwhile_and_what_is_of_yesterday_is_not_sent(self, followed):
        plan(followed, 7)
        [notice] = Notice.objects.filter(kind="closing", recipient__role="coordinator")
        assert still(notice, morning(followed, 7, minute=5)) == 1
        assert still(notice, morning(followed, 8)) == 0
        followed.record()
        assert still(notice, morning(followed, 7, minute=5)) == 0


class TestChoice:
    def test_whoever_switched_a_kind_off_is_not_told_even_if_it_was_planned(self, followed):
        staff = followed.cast.coordinator.staff
        plan(followed, 7)
        offered = kinds_for(staff)
        choose_reminders(staff, wanted=["visits"], offered=offered, by=followed.coordinator)
        [notice] = Notice.objects.filter(kind="closing", recipient=staff)
        assert still(notice, morning(followed, 7, minute=5)) == 0
        plan(followed, 8)
        assert told("closing") == ["assessor", "assessor", "coordinator"]
        choose_reminders(staff, wanted=offered, offered=offered, by=followed.coordinator)
        assert still(notice, morning(followed, 7, minute=5)) == 1

    def test_the_page_keeps_the_choice(self, cast, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        client.force_login(cast.coordinator.staff)
        page = reverse("outcomes:my_reminders")
        assert client.get(page).content.count(b"checked") == len(kinds_for(cast.coordinator.staff))
        assert client.post(page, {"wanted": ["queries"]}).status_code == 302
        assert client.get(page).content.count(b"checked") == 1
        assert client.post(page, {"wanted": ["clock"]}).status_code == 422
        client.force_login(cast.pharmacist.staff)
        assert b"no reminders to choose" in client.get(page).content


class TestLetters:
    @pytest.mark.parametrize("kind", sorted(LETTERS))
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_they_name_no_participant_disease_arm_or_value(self, followed, kind, language):
        site, staff = followed.subject.site, followed.cast.coordinator.staff
        choose_language(staff, language=language, by=BEAT)
        notice = Notice(key="k", kind=kind, recipient=staff, site=site, on=followed.day(7))
        letter = digest(notice, 3)
        said = f"{letter.subject} {letter.body}".lower()
        assert "3" in letter.subject
        silent = ["covid", "nct", "msc", "placebo", "canary", followed.subject.number, "infus", "day 7", "%("]
        assert [word for word in silent if word in said] == []


class TestClock:
    def event(self, followed):
        criteria = {"grade": 3, "serious": True, "hospitalisation": True, "aware_at": followed.now}
        return followed.event(**criteria)

    def test_eight_hours_before_the_end_whoever_may_report_is_warned_once(self, followed):
        event = self.event(followed)
        plan_digests(by=BEAT, at=followed.now + 16 * HOUR - MINUTE)
        assert told("clock") == []
        for later in (16, 17, 23):
            plan_digests(by=BEAT, at=followed.now + later * HOUR)
        assert told("clock") == ["coordinator", "investigator", "principal_investigator"]
        [notice, *_] = Notice.objects.filter(kind="clock")
        assert still(notice, followed.now + 17 * HOUR) == 1
        late = followed.now + 17 * HOUR
        by = followed.cast.coordinator.actor(late)
        report_serious_event(event, narrative="In hospital.", by=by, at=late)
        assert still(notice, late) == 0


class TestCalls:
    def call(self, followed, outcome, *, by=None, number=6):
        at = morning(followed, number, hour=10)
        by = by or followed.cast.coordinator.actor(at)
        return record_call(followed.subject, visit="D7", outcome=outcome, by=by, at=at)

    def list(self, followed, number=6, who="coordinator"):
        at = morning(followed, number, hour=11)
        return calls_for(getattr(followed.cast, who).actor(at), at=at)

    def test_the_list_has_tomorrow_s_visits_until_somebody_was_reached(self, followed):
        assert self.list(followed, 5) == []
        assert [call.planned.key for call in self.list(followed)] == ["D7"]
        self.call(followed, "not_reached")
        assert [call.settled for call in self.list(followed)] == [False]
        self.call(followed, "coming")
        assert [call.settled for call in self.list(followed)] == [True]
        assert self.list(followed, who="outsider") == []

    def test_a_call_is_an_attempt_to_reach_the_participant(self, followed):
        self.call(followed, "not_reached")
        assert [(one.on, one.reached) for one in ContactAttempt.objects.all()] == [(followed.day(6), False)]

    def test_nobody_is_called_without_a_visit_or_after_a_death(self, followed):
        with pytest.raises(Refused, match="Nobody has to be called"):
            self.call(followed, "coming", number=5)
        given = {"on": followed.day(5), "explanation": "Ward round", "at": followed.now}
        record_ending(followed.subject, kind="death", by=followed.investigator, **given)
        assert self.list(followed) == []
        with pytest.raises(Refused):
            self.call(followed, "coming")

    def test_only_who_schedules_calls(self, followed):
        for who in ("assessor", "nurse", "monitor", "outsider"):
            with pytest.raises(NotAllowed):
                self.call(followed, "coming", by=getattr(followed.cast, who).actor(followed.now))
        assert not VisitCall.objects.exists()
