"""Pauses: decided by few, asked at every step, seen by everybody, one sentence."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dosing.actions import order_preparation, prepare, start_infusion
from dosing.selectors import order_of
from randomization.actions import randomize
from randomization.models import RandomizationRequest
from tests.actions.test_randomization import ready
from tests.cast import LOGINS
from tests.clinic import NOW
from tests.pages import text
from tests.story import participant_at
from trial_site.core.actions import delegate, end_delegation
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Pause, Paused, StudySite
from trial_site.core.pauses import pause, pauses_for, resume
from trial_site.core.permissions import Task

pytestmark = pytest.mark.django_db(transaction=True)
RANDOMIZATION = "Randomization is paused. You will be told when it goes on."


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def paused(cast, what, *, site=None, by="medical_monitor", at=NOW) -> Pause:
    return pause(what, site=site, decided_by="dsmb", by=getattr(cast, by).actor(at), at=at)


@pytest.mark.parametrize("everywhere", [True, False])
def test_nobody_is_randomized_during_a_pause(cast, everywhere):
    subject, by = ready(cast), cast.coordinator.actor(NOW)
    one = paused(cast, Paused.RANDOMIZATION, site=None if everywhere else cast.site)
    with pytest.raises(Refused, match=RANDOMIZATION):
        randomize(subject, by=by, at=NOW)
    assert not RandomizationRequest.objects.exists()
    resume(one, reason="The board has no concern", by=cast.principal.actor(NOW), at=NOW)
    assert randomize(subject, by=by, at=NOW).number == "R001"


def order(cast, subject, at):
    return order_preparation(subject, values={}, password="", by=cast.investigator.actor(at), at=at)


def prepared(cast, subject, at):
    return prepare(order_of(subject), access=None, values={}, by=cast.pharmacist.actor(at), at=at)


def started(cast, subject, at):
    read = {"participant_code": "", "bag_code": ""}
    second = {"second_person": cast.second_nurse.staff, "second_password": ""}
    return start_infusion(order_of(subject), **read, **second, by=cast.nurse.actor(at), at=at)


@pytest.mark.parametrize(
    ("stage", "step"), [("randomized", order), ("ordered", prepared), ("handed_over", started)]
)
def test_no_infusion_is_ordered_prepared_or_started_during_a_pause(cast, stage, step):
    subject, now = participant_at(stage)
    paused(cast, Paused.INFUSION, site=subject.site, at=now)
    with pytest.raises(Refused, match="Infusions are paused"):
        step(cast, subject, now)


def test_another_site_and_another_step_go_on(cast):
    paused(cast, Paused.INFUSION)
    paused(cast, Paused.RANDOMIZATION, site=StudySite.objects.get(code="02"))
    subject = ready(cast)
    assert randomize(subject, by=cast.coordinator.actor(NOW), at=NOW)


def test_only_few_may_and_a_reason_ends_it(cast):
    for who in LOGINS.keys() - {"principal", "medical_monitor"}:
        with pytest.raises(NotAllowed):
            paused(cast, Paused.INFUSION, by=who)
    one, by = paused(cast, Paused.INFUSION, by="principal"), cast.principal.actor(NOW)
    with pytest.raises(Refused, match="paused already"):
        paused(cast, Paused.INFUSION)
    with pytest.raises(Refused) as refusal:
        resume(one, reason=" ", by=by, at=NOW)
    assert "reason" in refusal.value.fields
    resume(one, reason="Resolved", by=by, at=NOW)
    with pytest.raises(Refused, match="ended already"):
        resume(one, reason="Resolved", by=by, at=NOW)


def test_a_site_delegation_pauses_that_site_only(cast):
    by = cast.principal.actor(NOW)
    monitor = cast.medical_monitor.staff
    for delegation in monitor.delegations.filter(task=Task.PAUSE_STUDY):
        end_delegation(delegation, reason="One site only", by=by, at=NOW)
    signed = {"password": cast.password, "by": by, "at": NOW}
    delegate(monitor, tasks=[Task.PAUSE_STUDY], site=cast.site, starts_at=NOW, **signed)
    later = NOW + timedelta(minutes=1)
    with pytest.raises(Refused) as refusal:
        paused(cast, Paused.INFUSION, at=later)
    assert "site" in refusal.value.fields
    assert paused(cast, Paused.INFUSION, site=cast.site, at=later)


def test_everybody_concerned_sees_one_sentence_and_nobody_else(cast):
    paused(cast, Paused.RANDOMIZATION, site=cast.site)
    for who in ("coordinator", "assessor", "pharmacist", "monitor"):
        client = Client()
        client.force_login(getattr(cast, who).staff)
        assert RANDOMIZATION in text(client.get("/")), who
    assert not pauses_for(cast.outsider.actor(NOW)).exists()


def test_the_page_enters_and_ends_a_pause(cast):
    client = Client()
    client.force_login(cast.medical_monitor.staff)
    url = reverse("pauses")
    assert "Nothing is paused." in text(client.get(url))
    assert client.post(url, {"what": "infusion", "site": "", "decided_by": "nobody"}).status_code == 422
    assert client.post(url, {"what": "infusion", "site": "", "decided_by": "dsmb"}).status_code == 302
    end = reverse("end_pause", args=[Pause.objects.get().pk])
    assert client.post(end, {"reason": ""}).status_code == 422
    assert client.post(end, {"reason": "Resolved"}).status_code == 302
    shown = text(client.get(url))
    assert "Resolved" in shown
    assert "Nothing is paused." in shown
