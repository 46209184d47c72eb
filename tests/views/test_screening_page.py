"""The screening form in a browser without scripts: what is asked, refused beside its field, kept and shown."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse

from enrollment.forms.sections import LAYOUT, OWN_SOURCE, SOURCE
from enrollment.models import SCREENING_FACTS, SCREENING_TIMES, Screening
from tests.clinic import TODAY, VALUES, consented, eligible, log, screened
from tests.views.test_enrollment import FORM, text, url

pytestmark = pytest.mark.django_db


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
