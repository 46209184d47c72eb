"""Guesses of the treatment: who is asked when, and that nobody else reads one before the database is locked."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from enrollment.actions import record_ending
from outcomes.actions import record_guess
from outcomes.models import BlindingGuess
from outcomes.selectors.guesses import Whose
from tests.followed import DAY
from trial_site.audit.models import Event
from trial_site.casebook.selectors import casebook_of, told, trail_of
from trial_site.casebook.selectors.worklist import work_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Wish
from trial_site.monitoring.models import Freeze, Scope
from trial_site.monitoring.selectors import readable_forms

pytestmark = pytest.mark.django_db(transaction=True)
SURE = {"guess": "product", "certainty": "very", "grounds": "effects"}
READERS = (
    "principal",
    "investigator",
    "coordinator",
    "nurse",
    "monitor",
    "data_manager",
    "inspector",
    "assessor",
)


@pytest.fixture
def day28(followed):
    followed.now += 21 * DAY
    return followed


def guess(followed, whose=Whose.ASSESSOR, *, by="assessor", **changes):
    actor = getattr(followed.cast, by).actor(followed.now)
    return record_guess(followed.subject, whose=whose, values=SURE | changes, by=actor, at=followed.now)


def locked(monkeypatch):
    """As after the lock, whose own conditions are tried in tests of review."""
    lock = Freeze(scope=Scope.DATABASE)
    for module in ("trial_site.monitoring.selectors", "trial_site.exports.blinded"):
        monkeypatch.setattr(f"{module}.database_lock", lambda: lock)
    monkeypatch.setattr("trial_site.casebook.selectors.trail.database_lock", lambda: lock)


class TestAsking:
    def test_each_guesses_once_under_their_own_task(self, day28):
        for whose, who in zip(Whose, ("coordinator", "investigator", "assessor"), strict=True):
            guess(day28, whose, by=who)
            with pytest.raises(Refused, match="asked already"):
                guess(day28, whose, by=who)
            for other in ("coordinator", "investigator", "assessor", "monitor"):
                if other != who:
                    with pytest.raises(NotAllowed):
                        guess(day28, whose, by=other)
        assert BlindingGuess.objects.count() == 3

    def test_not_before_day_28(self, followed):
        followed.now += 20 * DAY
        with pytest.raises(Refused, match="day 28"):
            guess(followed)

    def test_after_a_death_the_participant_is_not_asked_the_others_at_once(self, followed):
        given = {"on": followed.day(6), "explanation": "Ward round", "at": followed.now}
        record_ending(followed.subject, kind="death", by=followed.investigator, **given)
        with pytest.raises(Refused, match="day 28"):
            guess(followed, Whose.PARTICIPANT, by="coordinator")
        guess(followed)

    def test_who_guesses_says_how_sure_and_who_does_not_know_does_not(self, day28):
        with pytest.raises(Refused) as refusal:
            guess(day28, certainty="")
        assert set(refusal.value.fields) == {"certainty"}
        assert guess(day28, guess="unknown").certainty == ""

    def test_it_waits_on_the_worklist_until_it_is_given(self, day28):
        sentence = f"Say what you believe {day28.subject.number} was given"
        assert sentence in [todo.sentence for todo in work_of(day28.assessor, at=day28.now)]
        guess(day28)
        assert sentence not in [todo.sentence for todo in work_of(day28.assessor, at=day28.now)]

    def test_nothing_changes_it(self, day28):
        kept = guess(day28)
        with pytest.raises(DatabaseError), transaction.atomic():
            BlindingGuess.objects.filter(pk=kept.pk).update(guess="placebo")


class TestSecrecy:
    def exported(self, followed, tmp_path):
        by = followed.cast.data_manager.actor(followed.now)
        given = {"wish": Wish(), "by": by, "at": followed.now, "directory": tmp_path}
        return (tmp_path / make_blinded_export(format=ExportFormat.CSV, **given).file_name).read_bytes()

    def test_before_the_lock_it_is_on_no_page_in_no_trail_and_in_no_export(
        self, day28, client, settings, tmp_path
    ):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        guess(day28)
        number = day28.subject.number
        for who in READERS:
            member = getattr(day28.cast, who)
            assert "BG" not in readable_forms(member.actor(day28.now))
            client.force_login(member.staff)
            for page in (
                reverse("casebook:subject", args=[number]),
                reverse("casebook:audit", args=[number]),
            ):
                shown = client.get(page).content
                assert b"very sure" not in shown
                assert b"felt during" not in shown
        [event] = [one for one in told(trail_of(day28.subject)) if one.what == "Guess of the treatment"]
        assert event.differences == []
        names = ZipFile(BytesIO(self.exported(day28, tmp_path))).namelist()
        assert not [name for name in names if "BG" in name]

    def test_its_author_reads_it_a_colleague_does_not(self, day28, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        page = reverse("outcomes:guess", args=[day28.subject.number])
        guess(day28, Whose.INVESTIGATOR, by="investigator")
        for who, reads in (("investigator", True), ("principal", False)):
            client.force_login(getattr(day28.cast, who).staff)
            assert (b"very sure" in client.get(page).content) is reads
        client.force_login(day28.cast.monitor.staff)
        assert client.get(page).status_code == 403

    def test_after_the_lock_it_is_read_and_exported(self, day28, tmp_path, monkeypatch):
        guess(day28)
        locked(monkeypatch)
        monitor = day28.cast.monitor.actor(day28.now)
        [chapter] = [one for one in casebook_of(monitor, day28.subject) if one.form == "BG"]
        assert "study product" in [str(item.value) for item in chapter.entries[0].items]
        [event] = [one for one in told(trail_of(day28.subject)) if one.what == "Guess of the treatment"]
        assert event.differences
        assert "BG_guess_of_the_treatment.csv" in ZipFile(BytesIO(self.exported(day28, tmp_path))).namelist()

    def test_the_history_keeps_it(self, day28):
        kept = guess(day28)
        event = Event.objects.get(table=BlindingGuess._meta.db_table, record_id=kept.pk)
        assert (event.new["guess"], event.subject_id) == ("product", day28.subject.pk)
