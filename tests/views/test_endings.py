"""The pages for what ends without the participant deciding it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.models import Ending
from tests.clinic import NOW, TODAY, eligible

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clinic(cast, client, monkeypatch):
    """Everyone's clock stands five days after NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW + 5 * DAY)
    cast.enter = lambda who: client.force_login(getattr(cast, who).staff)
    cast.subject = eligible(cast)
    return cast


def url(clinic, name: str, *more) -> str:
    return reverse(f"enrollment:{name}", args=[clinic.subject.number, *more])


def ending(kind: str, explanation: str = "The ward called.") -> dict[str, str]:
    return {"kind": kind, "on": TODAY.isoformat(), "explanation": explanation}


def test_a_death_is_recorded_and_taken_back_when_it_was_somebody_else(clinic, client):
    clinic.enter("coordinator")
    assert client.post(url(clinic, "ending"), ending("death")).status_code == 302
    death = Ending.objects.get()
    page = client.get(url(clinic, "ending")).content.decode()
    assert "The ward called." in page
    refused = client.post(url(clinic, "take_back_ending", death.pk), {"reason": ""})
    assert refused.status_code == 422
    done = client.post(url(clinic, "take_back_ending", death.pk), {"reason": "Wrong participant"})
    assert done.status_code == 302
    assert "no longer stands" in client.get(url(clinic, "ending")).content.decode()


def test_what_was_typed_is_kept_beside_the_refusal(clinic, client):
    clinic.enter("coordinator")
    refused = client.post(url(clinic, "ending"), ending("lost", "Phone is off"))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "0 recorded" in page
    assert "Phone is off" in page


def test_lost_after_attempts_on_three_days(clinic, client):
    clinic.enter("coordinator")
    for day in range(3):
        post = {"on": (TODAY + day * DAY).isoformat(), "means": "phone"}
        assert client.post(url(clinic, "contacts"), post).url == url(clinic, "contacts")
    assert "last contact: 3." in client.get(url(clinic, "contacts")).content.decode()
    assert client.post(url(clinic, "ending"), ending("lost")).status_code == 302


def test_each_is_offered_what_is_theirs_to_record(clinic, client):
    offered = {}
    for who in ("coordinator", "investigator"):
        clinic.enter(who)
        page = client.get(url(clinic, "ending"))
        offered[who] = [code for code, _label in page.context["new"].fields["kind"].choices]
    assert offered["coordinator"] == ["death", "lost"]
    assert offered["investigator"] == ["death", "lost", "discontinued", "worsened"]


@pytest.mark.parametrize("who", ["nurse", "assessor", "monitor", "pharmacist"])
def test_others_are_refused(clinic, client, who):
    clinic.enter(who)
    assert client.get(url(clinic, "ending")).status_code == 403
    assert client.get(url(clinic, "contacts")).status_code == 403


def test_another_site_has_no_such_page(clinic, client):
    clinic.enter("outsider")
    assert client.get(url(clinic, "ending")).status_code == 404
    assert client.post(url(clinic, "take_back_ending", 1)).status_code == 404
