"""The page of the final unblinding and its CSV show every arm in answer to a POST; nothing else does afterwards."""

import csv

import pytest
from django.urls import reverse
from django.utils import timezone

from randomization import unblinding
from randomization.models import StudyAccess, TreatmentTold
from randomization.selectors import study_unblinding
from tests.actions.test_code_break import arm_of
from tests.actions.test_study_unblinding import MAY, unblinded
from tests.cast import ARMS, LOGINS
from tests.story import participant_at
from tests.views.test_randomization import browser
from trial_site.monitoring.actions import place_lock

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/unblinded/study/"


@pytest.fixture
def randomized(monkeypatch):
    subject, now = participant_at("randomized")
    monkeypatch.setattr(timezone, "now", lambda: now)
    return subject, now


@pytest.fixture
def locked(cast, randomized):
    subject, now = randomized
    place_lock(None, by=cast.data_manager.actor(now), at=now)
    return subject, now


def test_the_page_tells_the_state_and_shows_arms_in_answer_to_a_post_only(cast, randomized):
    subject, now = randomized
    client = browser(cast, "statistician")
    assert "only while the database is locked" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"why": "curious"}).status_code == 200
    place_lock(None, by=cast.data_manager.actor(now), at=now)
    assert client.post(PAGE, {"why": "curious"}).status_code == 422
    assert not StudyAccess.objects.exists()
    pair = {"second_person": cast.principal.staff.pk, "second_password": cast.password}
    assert client.post(PAGE, pair | cast.statistician.signature).status_code == 302
    state = client.get(PAGE)
    assert cast.principal.staff.full_name in state.content.decode()
    assert b"CANARY" not in state.content
    assert client.post(PAGE, {"why": " "}).status_code == 422
    assert not StudyAccess.objects.exists()
    answer = client.post(PAGE, {"why": "The analysis"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert "UNBLINDED" in answer.content.decode()
    assert subject.number.encode() in answer.content
    assert b"CANARY" in answer.content


def test_each_csv_is_a_look_of_its_own(cast, owner, locked):
    subject, now = locked
    unblinded(cast, now)
    client = browser(cast, "principal")
    for looks in (1, 2):
        answer = client.post(PAGE, {"why": "The analysis", "csv": "csv"})
        assert StudyAccess.objects.count() == looks
    assert "no-store" in answer.headers["Cache-Control"]
    _head, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert [row[:4] for row in rows] == [
        [subject.number, "01", subject.randomization.number, arm_of(owner, subject)]
    ]


def test_nothing_else_shows_an_arm_afterwards(cast, locked):
    subject, now = locked
    record, by = unblinded(cast, now), cast.principal.actor(now)
    unblinding.study_arms(unblinding.record_look(record, why="The analysis", by=by), by=by)
    pages = [
        "/",
        "/participants/",
        f"/participants/{subject.number}/",
        f"/participants/{subject.number}/audit/",
    ]
    pages += ["/lock/", "/audit/", "/exports/", "/exports/open-report/", "/review/", PAGE]
    opened = 0
    for who in LOGINS:
        client = browser(cast, who)
        for page in pages:
            answer = client.get(page)
            opened += answer.status_code == 200
            assert not [arm for arm in ARMS if arm.encode() in answer.content], (who, page)
    assert opened > 50


def test_the_lock_page_leads_there_for_those_who_may(cast, randomized):
    link = reverse("randomization:study").encode()
    for who in MAY:
        assert link in browser(cast, who).get("/lock/").content
    assert link not in browser(cast, "data_manager").get("/lock/").content


def test_who_is_told_their_treatment_is_recorded_and_not_which(cast, locked):
    subject, now = locked
    client = browser(cast, "principal")
    given = {"subject": subject.pk, "told_on": now.date().isoformat()}
    assert client.post("/treatment-told/", given).status_code == 422
    unblinded(cast, now)
    assert client.post("/treatment-told/", given | {"told_on": "2000-01-01"}).status_code == 422
    assert not TreatmentTold.objects.exists()
    at = study_unblinding().at
    unblinding.record_told(subject, told_on=cast.site.date_of(at), by=cast.principal.actor(now), at=at)
    page = client.get("/treatment-told/").content.decode()
    assert subject.number in page
    assert "CANARY" not in page
