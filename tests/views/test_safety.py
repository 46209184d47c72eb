"""The page of adverse events, and the ledger of reminders."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from outcomes.actions.reminders import plan_visit_reminders
from outcomes.models import (
    AdverseEvent,
)
from tests.views.typed import EVENT, text
from trial_site.audit.action import attributed
from trial_site.core.actors import Actor
from trial_site.core.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)


class TestAdverseEvents:
    def event(self, ward, **changes):
        return EVENT | {"started_on": ward.day0.isoformat()} | changes

    def test_the_coordinator_records_one_and_is_not_asked_for_causality(self, ward):
        ward.sign_in("coordinator")
        assert 'name="causality"' not in ward.client.get(ward.url("adverse_event")).content.decode()
        posted = ward.client.post(ward.url("adverse_event"), self.event(ward, causality="possibly"))
        assert posted.status_code == 302
        assert AdverseEvent.objects.get().causality == ""
        assert "waits for an investigator" in text(ward.client.get(ward.url("adverse_event")))

    def test_the_investigator_judges_causality(self, ward):
        ward.sign_in("investigator")
        ward.client.post(ward.url("adverse_event"), self.event(ward))
        judged = self.event(ward, causality="not_related", version="1", reason="Judged")
        assert ward.client.post(ward.url("amend_adverse_event", 1), judged).status_code == 302
        assert AdverseEvent.objects.get().causality == "not_related"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"grade": "5", "serious": "True"}, "belong together"),
            ({"started_on": "2111-01-01"}, "in the future"),
            ({"started_on": "2001-01-01"}, "medical history"),
            ({"serious": ""}, "This field is required"),
            ({"outcome": "recovered"}, "its end is not known"),
        ],
    )
    def test_what_is_wrong_or_unlikely_is_said(self, ward, changes, sentence):
        ward.sign_in("coordinator")
        response = ward.client.post(ward.url("adverse_event"), self.event(ward, **changes))
        assert response.status_code == 422
        assert sentence in text(response)

    def test_an_event_that_does_not_exist_is_not_found(self, ward):
        ward.sign_in("coordinator")
        assert ward.client.get(ward.url("amend_adverse_event", 7)).status_code == 404


def test_what_may_have_been_sent_is_sent_again_by_a_person_only(ward):
    plan_visit_reminders(by=Actor.system("visit reminders"), at=ward.noon - timedelta(days=1))
    notice = Notice.objects.get(recipient=ward.cast.coordinator.staff)
    page = reverse("outcomes:resend", args=[notice.pk])
    for who, status in (("coordinator", 302), ("outsider", 404), ("assessor", 403)):
        ward.sign_in(who)
        assert ward.client.post(page).status_code == status
        notice.refresh_from_db()
        assert (notice.state, notice.attempts) == ("planned", 0)
    with transaction.atomic(), attributed(Actor.system("test"), action="test"):
        Notice.objects.filter(pk=notice.pk).update(state="uncertain", attempts=3)
    ward.sign_in("coordinator")
    assert "Send again" in text(ward.client.get(reverse("outcomes:reminders")))
    assert ward.client.post(page).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("planned", 0)


def test_the_ledger_of_reminders_is_seen_at_its_own_site_only(ward):
    plan_visit_reminders(by=Actor.system("visit reminders"), at=ward.noon - timedelta(days=1))
    for who, seen in (("coordinator", True), ("outsider", False)):
        ward.sign_in(who)
        page = text(ward.client.get(reverse("outcomes:reminders")))
        assert (ward.cast.coordinator.staff.full_name in page.split("Reminders sent")[-1]) is seen
    ward.sign_in("assessor")
    assert ward.client.get(reverse("outcomes:reminders")).status_code == 403
