"""The pages of a code break: shown once, kept nowhere, and nothing of it reaches the assessor."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from randomization.models import AccessRecord, CodeBreak, ImpactAssessment
from tests.story import participant_at
from tests.views.test_randomization import browser, without_tokens

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"category": "emergency", "why": "Anaphylaxis", "second_person": "", "second_password": ""}


@pytest.fixture
def followed(monkeypatch):
    subject, now = participant_at("seen_on_day_3")
    monkeypatch.setattr(timezone, "now", lambda: now)
    return subject


def page_of(subject) -> str:
    return reverse("randomization:break_code", args=[subject.number])


def broken(cast, subject, client: Client, who: str = "investigator", **changes):
    return client.post(page_of(subject), GIVEN | getattr(cast, who).signature | changes)


def test_the_arm_is_the_answer_to_the_post_and_on_no_other_page(cast, followed):
    client = browser(cast, "investigator")
    asked = client.get(page_of(followed))
    assert b"CANARY" not in asked.content
    assert not AccessRecord.objects.filter(purpose="code_break").exists()
    answer = broken(cast, followed, client)
    assert answer.status_code == 200
    assert b"CANARY" in answer.content
    assert "no-store" in answer.headers["Cache-Control"]
    assert "UNBLINDED" in answer.content.decode()
    for url in (
        page_of(followed),
        reverse("randomization:code_breaks"),
        f"/participants/{followed.number}/",
        "/",
    ):
        assert b"CANARY" not in client.get(url).content


def test_a_wrong_password_shows_nothing_and_keeps_what_was_typed(cast, followed):
    answer = broken(cast, followed, browser(cast, "investigator"), password="a wrong password")
    assert answer.status_code == 422
    assert "Anaphylaxis" in answer.content.decode()
    assert b"CANARY" not in answer.content
    assert not CodeBreak.objects.exists()


def test_the_impact_is_assessed_on_a_page_of_its_own(cast, followed):
    client, url = browser(cast, "principal"), reverse("randomization:impact", args=[followed.number])
    assert "No code break of this participant waits" in client.get(url).content.decode()
    broken(cast, followed, browser(cast, "medical_monitor"), "medical_monitor")
    given = {"people": [cast.nurse.staff.pk], "learned": "The ward", "consequences": "None"}
    assert client.post(url, given | {"password": "x"}).status_code == 422
    assert client.post(url, given | cast.principal.signature).status_code == 302
    assert ImpactAssessment.objects.get().learned == "The ward"
    assert "The ward" in client.get(url).content.decode()


def test_the_assessor_sees_the_same_bytes_before_and_after(cast, followed):
    """Casebook, worklist, queries, counts, exports: nothing tells that a code was broken."""
    client, number = browser(cast, "assessor"), followed.number
    urls = [
        "/",
        "/participants/",
        f"/participants/{number}/",
        "/queries/",
        f"/visits/{number}/D3/",
        "/exports/",
    ]
    urls += [f"/participants/{number}/audit/", page_of(followed), reverse("randomization:code_breaks")]

    def seen() -> list:
        answers = [client.get(url) for url in urls]
        return [(answer.status_code, without_tokens(answer) if answer.context else "") for answer in answers]

    before = seen()
    assert [status for status, _ in before] == [200, 200, 200, 200, 200, 403, 403, 403, 403]
    broken(cast, followed, browser(cast, "investigator"))
    assert CodeBreak.objects.count() == 1
    assert seen() == before


def test_the_assessor_who_learned_it_finds_the_visit_closed(cast, followed):
    url = f"/visits/{followed.number}/D3/"
    assert browser(cast, "assessor").get(url).status_code == 200
    broken(cast, followed, browser(cast, "investigator"))
    given = {"people": [cast.assessor.staff.pk], "learned": "The assessor", "consequences": "Replaced"}
    impact = reverse("randomization:impact", args=[followed.number])
    assert browser(cast, "principal").post(impact, given | cast.principal.signature).status_code == 302
    assert browser(cast, "assessor").get(url).status_code == 403


def test_who_broke_the_code_is_not_asked_for_causality(cast, followed):
    url = reverse("outcomes:adverse_event", args=[followed.number])
    client = browser(cast, "investigator")
    assert 'name="causality"' in client.get(url).content.decode()
    broken(cast, followed, client)
    assert 'name="causality"' not in client.get(url).content.decode()
    assert 'name="causality"' in browser(cast, "principal").get(url).content.decode()
