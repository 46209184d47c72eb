"""The pages of enrollment as a browser without scripts uses them, and as everybody else may not."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.actions import approve_consent_version, unsign_eligibility
from enrollment.datasets import DATASETS
from enrollment.forms.sections import LAYOUT, OWN_SOURCE, SOURCE
from enrollment.models import SCREENING_FACTS, SCREENING_TIMES, Screening, Subject, SubjectState
from tests.actions.test_enrollment import failed, rescreen
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, VALUES, consented, eligible, log, screened
from trial_site.core.actors import Actor
from trial_site.core.datasets import undecided_fields

pytestmark = pytest.mark.django_db
SCREENERS = {"coordinator", "investigator", "principal"}
ASSESSORS = {"investigator", "principal"}
FORM = {name: str(value) for name, value in VALUES.items()}


@pytest.fixture
def clinic(cast, client, monkeypatch):
    """Everyone's clock stands at NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    cast.enter = lambda who: client.force_login(getattr(cast, who).staff)
    return cast


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


class TestScreeningPage:
    @pytest.fixture(autouse=True)
    def _coordinator(self, clinic):
        clinic.enter("coordinator")

    def test_every_fact_is_asked_for_once(self):
        asked = [pointer.name for pointer in LAYOUT.get_field_names()]
        values = [name for name in asked if not name.startswith((SOURCE, OWN_SOURCE))]
        assert sorted(values) == sorted((*SCREENING_FACTS, *SCREENING_TIMES))
        assert {name for name in asked if name.startswith(OWN_SOURCE)} == {
            OWN_SOURCE + name for name in SCREENING_FACTS
        }

    def test_the_verdict_follows_what_is_typed_and_saves_nothing(self, clinic, client):
        subject = consented(clinic)
        page = text(client.post(url("verdict", subject), {"birth_date": "1950-03-02", "height_cm": "1"}))
        assert "Cannot be determined yet" in page
        assert "Age at consent" in page
        page = text(client.post(url("verdict", subject), FORM))
        assert "Eligible by what is entered" in page
        assert "24.39 kg/m²" in page
        assert "4 days left" in page
        page = text(client.post(url("verdict", subject), FORM | {"respiratory_rate": "30"}))
        assert "Not eligible by what is entered Not met: IN01b; IN04." in page
        assert not Screening.objects.exists()

    def test_it_says_how_the_registry_is_read(self, clinic, client):
        page = text(client.get(url("screening", consented(clinic))))
        assert "Moderate cases have a respiratory rate of 30/min or more." in page
        assert "Respiratory rate below 30/min." in page

    def test_what_is_open_may_be_saved_and_entered_later_without_a_reason(self, clinic, client):
        subject = consented(clinic)
        assert client.post(url("screening", subject), {"sex": "male"}).status_code == 302
        assert (
            client.post(url("screening", subject), FORM | {"version": "1", "reason": ""}).status_code == 302
        )
        assert subject.screening.respiratory_rate == 20

    def test_a_missing_data_code_stands_for_a_value(self, clinic, client):
        subject = consented(clinic)
        both = FORM | {"weight_kg__missing": "ND"}
        assert "not both" in text(client.post(url("screening", subject), both))
        client.post(url("screening", subject), both | {"weight_kg": ""})
        assert (subject.screening.weight_kg, subject.screening.missing) == (None, {"weight_kg": "ND"})

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [("2019-04-30", "2019-04-30"), ("2019/4", "2019-04"), ("2019", "2019"), ("", None)],
    )
    def test_a_date_of_long_ago_may_be_partial(self, clinic, client, typed, kept):
        subject = consented(clinic)
        past = {"myocardial_infarction": "past", "myocardial_infarction_date": typed}
        assert client.post(url("screening", subject), FORM | past).status_code == 302
        assert subject.screening.myocardial_infarction_date == kept

    @pytest.mark.parametrize("typed", ["April 2019", "2019-13", "2019-02-30", "19", "2999"])
    def test_what_is_no_date_or_lies_ahead_is_said_beside_the_field(self, clinic, client, typed):
        subject = consented(clinic)
        past = {"myocardial_infarction": "past", "myocardial_infarction_date": typed}
        refused = client.post(url("screening", subject), FORM | past)
        assert refused.status_code == 422
        assert f'value="{typed}"' in refused.content.decode()
        assert not Screening.objects.exists()

    def test_an_unlikely_value_is_confirmed(self, clinic, client):
        subject = consented(clinic)
        heavy = FORM | {"weight_kg": "170"}
        assert "Correct the value or confirm it" in text(client.post(url("screening", subject), heavy))
        assert client.post(url("screening", subject), heavy | {"confirm": "weight_kg"}).status_code == 302

    def test_routine_care_is_marked(self, clinic, client):
        subject = consented(clinic)
        earlier = FORM | {"imaging_date": (TODAY - timedelta(days=1)).isoformat()}
        refused = client.post(url("screening", subject), earlier)
        assert refused.status_code == 422
        assert "allowed as routine care only" in text(refused)
        marked = earlier | {f"{SOURCE}imaging": "routine_care"}
        assert client.post(url("screening", subject), marked).status_code == 302
        assert subject.screening.sources["imaging_date"] == "routine_care"

    def test_every_value_has_its_source(self, clinic, client):
        subject = consented(clinic)
        page = client.get(url("screening", subject)).content.decode()
        offered = dict(re.findall(rf'<select name="({SOURCE}\w+)".*?value="(\w+)" selected', page, re.DOTALL))
        client.post(url("screening", subject), FORM | offered | {f"{SOURCE}vital_signs": "direct"})
        sources = subject.screening.sources
        assert sources.keys() == VALUES.keys() - set(SCREENING_TIMES)
        assert (sources["birth_date"], sources["pcr_result"], sources["respiratory_rate"]) == (
            "chart",
            "laboratory",
            "direct",
        )
        later = FORM | offered | {f"{SOURCE}vital_signs": "direct", "version": "1", "pack_years": "0"}
        assert client.post(url("screening", subject), later).status_code == 302
        assert "medical record" in text(client.get(reverse("casebook:subject", args=[subject.number])))

    def test_a_single_value_may_come_from_elsewhere(self, clinic, client):
        subject = consented(clinic)
        offered = {f"{SOURCE}{code}": "chart" for code in ("vital_signs", "manifestations")}
        own = {f"{OWN_SOURCE}spo2_percent": "direct", f"{OWN_SOURCE}high_fever_days": "direct"}
        assert client.post(url("screening", subject), FORM | offered | own).status_code == 302
        sources = subject.screening.sources
        assert (sources["spo2_percent"], sources["respiratory_rate"]) == ("direct", "chart")
        assert "high_fever_days" not in sources  # there is no value
        page = client.get(url("screening", subject)).content.decode()
        chosen = dict(
            re.findall(r'<select name="(\w*source__\w+)"[^>]*>.*?value="(\w*)" selected', page, re.DOTALL)
        )
        assert chosen[f"{SOURCE}vital_signs"] == "chart"
        assert {name for name, source in chosen.items() if name.startswith(OWN_SOURCE) and source} == {
            f"{OWN_SOURCE}spo2_percent"
        }
        clinic.enter("investigator")
        assert "95 entered directly" in text(client.get(url("eligibility", subject)))

    def test_on_the_day_of_consent_the_time_is_asked_for(self, clinic, client):
        subject = consented(clinic)
        untimed = FORM | {"imaging_time": ""}
        refused = client.post(url("screening", subject), untimed)
        assert refused.status_code == 422
        assert "Consent was given on this day, at 11:30: say at what time" in text(refused)
        early = client.post(url("screening", subject), untimed | {"imaging_time": "1129"})
        assert "Before consent at 11:30: allowed as routine care only. Mark it so." in text(early)
        late = client.post(url("screening", subject), untimed | {"imaging_time": "12:01"})
        assert "This time is in the future." in text(late)
        assert not Screening.objects.exists()
        care = untimed | {"imaging_time": "0915", f"{SOURCE}imaging": "routine_care"}
        assert client.post(url("screening", subject), care).status_code == 302
        assert (subject.screening.vital_signs_time, subject.screening.imaging_time) == (time(12), None)

    def test_a_stale_form_keeps_what_was_typed(self, clinic, client):
        subject = screened(clinic)
        page = url("screening", subject)
        client.post(page, FORM | {"weight_kg": "71", "version": "1", "reason": "scale"})
        stale = client.post(page, FORM | {"weight_kg": "66.6", "version": "1", "reason": "scale"})
        assert stale.status_code == 422
        assert "Nothing was overwritten" in text(stale)
        assert 'value="66.6"' in stale.content.decode()
        assert str(Screening.objects.get().weight_kg) == "71.0"

    def test_once_signed_it_is_read_only_until_the_signature_is_taken_back(self, clinic, client):
        subject = eligible(clinic)
        change = FORM | {"weight_kg": "71", "version": "1", "reason": "scale"}
        page = text(client.get(url("screening", subject)))
        assert "the form is read-only" in page
        assert client.post(url("screening", subject), change).status_code == 422
        assert str(Screening.objects.get().weight_kg) == "70.5"
        clinic.enter("investigator")
        assert "Take the signature back" in text(client.get(url("eligibility", subject)))
        assert client.post(url("unsign", subject), {"reason": ""}).status_code == 422
        assert client.post(url("unsign", subject), {"reason": "Scale was wrong"}).status_code == 302
        clinic.enter("coordinator")
        assert client.post(url("screening", subject), change).status_code == 302
        assert str(Screening.objects.get().weight_kg) == "71.0"

    def test_what_is_typed_is_kept_and_there_again(self, clinic, client):
        subject = consented(clinic)
        client.post(url("verdict", subject), FORM | {"weight_kg": "7o", "window": "w", "turn": "1"})
        page = client.get(url("screening", subject)).content.decode()
        assert 'value="7o"' in page
        assert 'name="continues" value="w"' in page
        assert "You typed this and have not saved it." in page

    def test_a_changed_mind_is_asked_why(self, clinic, client):
        subject = consented(clinic)
        client.post(url("verdict", subject), FORM | {"respiratory_rate": "31", "turn": "1"})
        page = text(client.post(url("verdict", subject), FORM | {"turn": "2"}))
        assert "Changed after a verdict was shown" in page
        assert "Respiratory rate (breaths/min): 31 → becomes 20" in page
        refused = client.post(url("screening", subject), FORM)
        assert refused.status_code == 422
        assert "Say why a value changed after a verdict was shown." in text(refused)
        assert client.post(url("screening", subject), FORM | {"reason": "Counted again"}).status_code == 302
        clinic.enter("investigator")
        page = text(client.get(url("eligibility", subject)))
        assert "Values changed after a verdict was shown" in page
        assert "Counted again" in page
        clinic.enter("monitor")
        assert "Counted again" in text(client.get(reverse("casebook:subject", args=[subject.number])))

    def test_somebody_elses_draft_is_shown_as_such_and_taken_over(self, clinic, client):
        subject = consented(clinic)
        client.post(url("verdict", subject), {"sex": "male", "turn": "1"})
        clinic.enter("investigator")
        page = text(client.get(url("screening", subject)))
        assert "Mei Demo is filling in this form and has not saved it." in page
        assert "Save the screening form" not in page
        assert client.post(url("verdict", subject), {"sex": "female"}).status_code == 409
        assert client.post(url("take_over", subject)).status_code == 302
        assert 'value="male"' in client.get(url("screening", subject)).content.decode()

    def test_who_signed_in_meanwhile_does_not_keep_what_another_typed(self, clinic, client):
        subject = consented(clinic)
        opened = {"opened_by": str(clinic.investigator.staff.pk)}
        for page in ("verdict", "screening"):
            refused = client.post(url(page, subject), FORM | opened)
            assert refused.status_code in (409, 422)
            assert "Somebody else opened this page" in text(refused)
        assert not Screening.objects.exists()

    def test_a_draft_is_discarded_with_a_reason(self, clinic, client):
        subject = consented(clinic)
        client.post(url("verdict", subject), FORM | {"turn": "1"})
        assert client.post(url("discard", subject), {"reason": ""}).status_code == 422
        assert client.post(url("discard", subject), {"reason": "Wrong chart"}).status_code == 302
        assert "have not saved it" not in text(client.get(url("screening", subject)))

    def test_who_has_not_consented_is_not_screened(self, clinic, client):
        assert "Screening begins after consent" in text(client.get(url("screening", log(clinic))))


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
