"""The page that randomizes, as a browser uses it."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from randomization.models import Kit, Randomization, RandomizationRequest
from tests.actions.test_randomization import HOLD, UNSIGNED, quarantine, ready, release, signed_25_hours_ago
from tests.cast import ARMS, LOGINS
from tests.clinic import NOW

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRMED = {"confirmed": "on"}


@pytest.fixture
def clock(monkeypatch):
    def stand_at(at):
        monkeypatch.setattr(timezone, "now", lambda: at)

    stand_at(NOW)
    return stand_at


def browser(cast, who: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, who).staff)
    return client


def page_of(subject) -> str:
    return reverse("randomization:randomize", args=[subject.number])


def test_a_double_click_randomizes_once(cast, clock):
    subject = ready(cast)
    client, url = browser(cast, "coordinator"), page_of(subject)
    assert "Before you randomize" in client.get(url).content.decode()
    answers = [client.post(url, CONFIRMED) for _ in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, url)] * 2
    assert [model.objects.count() for model in (RandomizationRequest, Randomization, Kit)] == [1, 1, 1]
    page = client.get(url).content.decode()
    assert "R001" in page
    assert Kit.objects.get().number in page
    assert "CANARY" not in page
    assert "Before you randomize" not in page


def test_a_click_without_the_confirmation_does_nothing(cast, clock):
    subject = ready(cast)
    answer = browser(cast, "coordinator").post(page_of(subject), {"confirmed": ""})
    assert answer.status_code == 422
    assert "Confirm that the participant number is right." in answer.content.decode()
    assert not RandomizationRequest.objects.exists()


def test_a_refusal_stands_on_the_page(cast, clock):
    subject, at = signed_25_hours_ago(cast)
    clock(at)
    answer = browser(cast, "coordinator").post(page_of(subject), CONFIRMED)
    assert answer.status_code == 422
    assert UNSIGNED in answer.content.decode()


def test_others_are_refused_and_another_site_sees_nothing(cast, clock):
    url = page_of(ready(cast))
    for who in LOGINS.keys() - {"coordinator", "investigator", "principal"}:
        for answer in (browser(cast, who).get(url), browser(cast, who).post(url, CONFIRMED)):
            assert answer.status_code in ((404,) if who == "outsider" else (403, 404)), who
    assert Client().post(url, CONFIRMED).status_code == 302
    assert not RandomizationRequest.objects.exists()


def test_a_hold_shows_the_same_page_whichever_arm_is_empty(cast, clock, owner):
    url, client, pages = page_of(ready(cast)), browser(cast, "coordinator"), []
    for arm in ARMS:
        quarantine(owner, arm=arm)
        for answer in (client.get(url), client.post(url, CONFIRMED)):
            pages.append((answer.status_code, without_tokens(answer), sorted(answer.headers)))
        release(owner, arm=arm)
    assert pages[:2] == pages[2:]
    assert pages[1][0] == 422
    assert HOLD in pages[1][1]
    assert not RandomizationRequest.objects.exists()


def without_tokens(answer) -> str:
    page = re.sub(
        r'(csrfmiddlewaretoken" value|x-csrftoken&quot;|x-csrftoken")(=|: )"\w+"', "", answer.content.decode()
    )
    return page.replace(str(answer.context["csrf_token"]), "")
