"""The pages of enrollment as a browser without scripts uses them, and as everybody else may not."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.actions import approve_consent_version, unsign_eligibility
from enrollment.datasets import DATASETS
from enrollment.models import Subject, SubjectState
from tests.actions.test_screening_log import failed, rescreen
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, VALUES, eligible, log, screened
from trial_site.core.actors import Actor
from trial_site.core.datasets import undecided_fields

pytestmark = pytest.mark.django_db
SCREENERS = {"coordinator", "investigator", "principal"}
ASSESSORS = {"investigator", "principal"}
FORM = {name: str(value) for name, value in VALUES.items()}


def url(name: str, subject: Subject | None = None) -> str:
    return reverse(f"enrollment:{name}", args=[subject.number] if subject else [])


def test_from_the_log_to_the_signature(clinic, client):
    clinic.enter("coordinator")
    seen = client.post(url("log"), {"on": TODAY.isoformat()})
    subject = Subject.objects.get()
    assert seen.url == url("consent", subject)
    consent = {
        "given_at": "2000-01-01T00:00",
        "consent_version": clinic.site.consentversion_set.get().pk,
        "obtained_by": clinic.investigator.staff.pk,
        "future_contact": "no",
        "copy_given": "on",
    }
    refused = client.post(seen.url, consent)
    assert refused.status_code == 422
    assert "before the person was first seen" in refused.content.decode()
    given_at = timezone.localtime(NOW, clinic.site.tz).strftime("%Y-%m-%dT%H:%M")
    assert client.post(seen.url, consent | {"given_at": given_at}).url == url("screening", subject)
    assert subject.consent_set.get().given_at == NOW
    assert client.post(url("screening", subject), FORM).url == reverse(
        "casebook:subject", args=[subject.number]
    )
    clinic.enter("investigator")
    page = client.get(url("eligibility", subject)).content.decode()
    assert "Tested positive for Novel Coronavirus nucleic acid" in page
    assert client.post(url("eligibility", subject), clinic.investigator.signature).status_code == 302
    subject.refresh_from_db()
    assert subject.state == SubjectState.ELIGIBLE


@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        ("consent", SCREENERS),
        ("rescreen", SCREENERS),
        ("screening", SCREENERS),
        ("discard", SCREENERS),
        ("withdrawal", SCREENERS),
        ("eligibility", ASSESSORS),
    ],
)
def test_a_page_is_refused_to_everyone_whose_job_it_is_not(clinic, client, page, allowed):
    subject = screened(clinic)
    for who in LOGINS:
        clinic.enter(who)
        hidden = who in ("outsider", "administrator")
        expected = 200 if who in allowed else 404 if hidden else 403
        assert client.get(url(page, subject)).status_code == expected, who
        if expected != 200:
            assert client.post(url(page, subject), FORM).status_code == expected, who


@pytest.mark.parametrize("page", ["verdict", "take_over", "declined", "screen_failure"])
def test_what_is_only_posted_is_refused_likewise(clinic, client, page):
    subject = screened(clinic)
    for who in LOGINS.keys() - SCREENERS:
        clinic.enter(who)
        assert client.post(url(page, subject), FORM).status_code in (403, 404), who
        assert client.get(url(page, subject)).status_code == 405, who


def test_a_participant_of_another_site_does_not_exist(clinic, client):
    subject = log(clinic)
    clinic.enter("outsider")
    pages = [client.get(url(page, subject)) for page in ("consent", "screening", "withdrawal", "eligibility")]
    assert {page.status_code for page in pages} == {404}


class TestEligibilityPage:
    def test_a_screen_failure_wants_one_reason_per_failed_criterion(self, clinic, client):
        subject = screened(clinic, respiratory_rate=32, blood_gas="", pao2_fio2_mmhg=290)
        clinic.enter("investigator")
        fields = re.findall(r'name="(\w+)"', client.get(url("eligibility", subject)).content.decode())
        failed = [name for name in fields if name.startswith(("IN", "EX"))]
        assert failed == ["IN01b1", "IN01b3", "IN04b"]
        post = clinic.investigator.signature | {"IN01b1": "severe"}
        page = client.post(url("screen_failure", subject), post)
        assert page.status_code == 422
        assert 'value="severe"' in page.content.decode()
        post |= dict.fromkeys(failed, "severe by the chart")
        assert client.post(url("screen_failure", subject), post).status_code == 302
        assert subject.assessments.get().failed_criteria == dict.fromkeys(failed, "severe by the chart")

    def test_one_sentence_serves_every_criterion_without_its_own(self, clinic, client):
        subject = screened(clinic, respiratory_rate=32)
        clinic.enter("investigator")
        post = clinic.investigator.signature | {"shared": "Breathes too fast", "IN01b1": "32 by the chart"}
        assert client.post(url("screen_failure", subject), post).status_code == 302
        reasons = {"IN01b1": "32 by the chart", "IN04b": "Breathes too fast"}
        assert subject.assessments.get().failed_criteria == reasons

    def test_a_wrong_password_is_said_beside_the_field(self, clinic, client):
        subject = screened(clinic)
        clinic.enter("investigator")
        page = client.post(
            url("eligibility", subject), clinic.investigator.signature | {"password": "a guess"}
        )
        assert page.status_code == 422
        assert "This is not your password" in text(page)
        assert not subject.assessments.exists()

    def test_signing_again_shows_what_changed_since(self, clinic, client):
        subject = eligible(clinic)
        clinic.enter("investigator")
        page = text(client.get(url("eligibility", subject)))
        assert "No value and no criterion has changed since Dr. Lin Demo signed." in page
        unsign_eligibility(subject, reason="To correct", by=clinic.investigator.actor(NOW), at=NOW)
        clinic.enter("coordinator")
        change = FORM | {"respiratory_rate": "31", "version": "1", "reason": "Counted again"}
        client.post(url("screening", subject), change)
        clinic.enter("investigator")
        page = text(client.get(url("eligibility", subject)))
        assert "Changed since the last signature" in page
        assert "Respiratory rate (breaths/min) 20 31" in page
        assert "IN04b met not met" in page

    def test_the_signature_shows_name_time_and_meaning(self, clinic, client):
        subject = eligible(clinic)
        clinic.enter("principal")
        page = text(client.get(url("eligibility", subject)))
        assert clinic.investigator.staff.full_name in page
        assert "I confirm that this participant is eligible" in page


def test_a_new_consent_form_is_signed_by_who_takes_part(clinic, client):
    subject = screened(clinic)
    clinic.enter("coordinator")
    assert "Record consent" not in text(client.get(url("consent", subject)))
    setup = Actor.system("test setup")
    new = approve_consent_version(clinic.site, version="2.0", approved_on=TODAY, by=setup)
    assert "Version 2.0 of the consent form is in use now." in text(client.get(url("consent", subject)))
    post = {
        "given_at": timezone.localtime(NOW, clinic.site.tz).strftime("%Y-%m-%dT%H:%M"),
        "consent_version": new.pk,
        "obtained_by": clinic.investigator.staff.pk,
        "future_contact": "yes",
        "copy_given": "on",
    }
    assert client.post(url("consent", subject), post).status_code == 302
    assert subject.consent_set.count() == 2
    assert "Record consent" not in text(client.get(url("consent", subject)))


def test_screening_again_is_offered_as_often_as_the_protocol_allows(clinic, client):
    clinic.enter("coordinator")
    first = failed(clinic)
    page = f'href="{url("rescreen", first)}"'
    assert page in client.get(url("log")).content.decode()
    second = rescreen(clinic, first)
    log_page = client.get(url("log")).content.decode()
    assert page not in log_page
    assert f"again, first as {first.number}" in " ".join(log_page.split())
    assert url("consent", second) in log_page


def test_a_withdrawal_is_recorded(clinic, client):
    subject = eligible(clinic)
    clinic.enter("coordinator")
    post = {"kind": "consent", "on": TODAY.isoformat(), "stated_reason": ""}
    assert client.post(url("withdrawal", subject), post).status_code == 302
    subject.refresh_from_db()
    assert subject.state == SubjectState.WITHDRAWN


def test_a_person_who_declines_is_recorded(clinic, client):
    subject = log(clinic)
    clinic.enter("coordinator")
    client.post(url("declined", subject))
    subject.refresh_from_db()
    assert subject.state == SubjectState.DECLINED


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.form)
def test_every_field_is_exported_or_withheld_with_a_reason(dataset):
    assert undecided_fields(dataset) == []


def text(response) -> str:
    """What a reader sees: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
