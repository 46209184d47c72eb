"""The page on which a possible unblinding is reported: of a text at a participant, of one that is about the study,
and of the reason for a change."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dosing.models import InfusionSlot
from trial_site.audit.action import attributed
from trial_site.audit.models import Event
from trial_site.casebook.selectors import told, trail_of
from trial_site.monitoring.actions import record_audit_review
from trial_site.monitoring.history import reasons_at
from trial_site.monitoring.models import HIDDEN, AuditReview, Deviation, HiddenText

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "TELLTALE"


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


@pytest.fixture
def review(cast, followed) -> AuditReview:
    day = timezone.localdate()
    given = {"by": cast.data_manager.actor(), "at": timezone.now()}
    return record_audit_review(since=day, until=day, findings=f"Odd: {WORD}.", **given)


def test_a_text_about_the_study_is_hidden_once_it_is_said_of_whom_it_speaks(cast, followed, review):
    client, page = (
        signed_in(cast.monitor),
        f"/possible-unblinding/monitoring_auditreview/{review.pk}/findings/",
    )
    assert page in client.get("/audit/reviews/").content.decode()
    assert client.get(page).status_code == 200
    for nobody in ({}, {"participant": ""}, {"participant": "99-999"}):
        assert client.post(page, nobody).status_code == 422
    assert client.post(page, {"participant": followed.subject.number}).status_code == 302
    review.refresh_from_db()
    assert review.findings == HIDDEN
    assert Deviation.objects.get(kind="unblinding").subject == followed.subject.number
    assert WORD not in client.get("/audit/reviews/").content.decode()


def test_the_assessor_reports_the_reason_that_she_reads_beside_her_form(cast, followed):
    vitals = followed.record()
    followed.amend(vitals, heart_rate=81, reason=f"After the {WORD} bag")
    client, form = signed_in(cast.assessor), f"/visits/{followed.subject.number}/D7/"
    page = f"/possible-unblinding/outcomes_vitalsigns/{vitals.pk}/reason-2/"
    assert page in client.get(form).content.decode()
    assert client.post(page).status_code == 302
    shown = client.get(form).content.decode()
    assert WORD not in shown
    assert "[hidden: may unblind]" in shown
    assert client.post(page).status_code == 422
    [event] = Event.objects.filter(table="outcomes_vitalsigns", record_id=vitals.pk, operation="U")
    assert event.reason == f"After the {WORD} bag", "the history keeps it"


def test_the_same_words_in_a_column_go_with_the_reason_and_the_other_way_round(cast, followed):
    """A cancelled slot keeps its reason in a column; the change has the same reason."""
    slot = InfusionSlot.objects.filter(subject=followed.subject).latest("pk")
    with transaction.atomic(), attributed(cast.coordinator.actor(), action="raw", reason=f"No {WORD} left"):
        InfusionSlot.objects.filter(pk=slot.pk).update(cancel_reason=f"No {WORD} left")
    event = Event.objects.filter(table="dosing_infusionslot", record_id=slot.pk).latest("pk")
    table, record_id, column = reasons_at([event])[event.pk]
    client = signed_in(cast.monitor)
    assert client.post(f"/possible-unblinding/{table}/{record_id}/{column}/").status_code == 302
    slot.refresh_from_db()
    assert slot.cancel_reason == HIDDEN
    assert HiddenText.objects.count() == 2
    assert Deviation.objects.filter(kind="unblinding").count() == 1
    trail = client.get(f"/participants/{followed.subject.number}/audit/").content.decode()
    assert WORD not in trail
    shown = [one for row in told(trail_of(followed.subject)) for one in row.differences]
    assert not [one for one in shown if re.search(rf"(^|:){event.pk}$", str(one.new))], (
        "nobody counts the rows of the history"
    )


@pytest.mark.parametrize(
    "path",
    [
        "audit_event/1/reason/",
        "randomization_accessrecord/1/why/",
        "randomization_accessrecord/1/reason-1/",
        "outcomes_vitalsigns/1/reason-0/",
        "outcomes_vitalsigns/1/reason-99/",
        "outcomes_vitalsigns/1/reason-x/",
        "core_staffmember/1/password/",
        "monitoring_deviation/1/number/",
    ],
)
def test_nothing_else_is_there(cast, followed, path):
    followed.record()
    assert signed_in(cast.monitor).get(f"/possible-unblinding/{path}").status_code == 404


def test_a_stranger_and_who_reads_no_audit_trail_find_no_reason(cast, followed, review):
    vitals = followed.record()
    followed.amend(vitals, heart_rate=81, reason=WORD)
    reason = f"/possible-unblinding/outcomes_vitalsigns/{vitals.pk}/reason-2/"
    findings = f"/possible-unblinding/monitoring_auditreview/{review.pk}/findings/"
    assert signed_in(cast.outsider).post(reason).status_code == 404
    assert signed_in(cast.assessor).post(findings).status_code == 404
    for who in ("inspector", "pharmacist", "medical_monitor"):
        assert signed_in(getattr(cast, who)).post(reason).status_code == 403
    assert not HiddenText.objects.exists()
