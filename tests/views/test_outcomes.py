"""The page of a visit, as a browser without scripts uses it."""

import re
from datetime import timedelta

import pytest

from outcomes.actions import record_adverse_event, record_visit_form
from outcomes.models import (
    ClinicalProgression,
    Visit,
    VitalSigns,
)
from randomization.models import Kit
from tests.views.typed import EVENT, SIGNS, record_laboratory, signs, text
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)


class TestVisitPage:
    @pytest.fixture(autouse=True)
    def assessor(self, ward):
        ward.sign_in("assessor")

    def post(self, ward, **data):
        return ward.client.post(ward.url("visit", "D7"), data)

    def test_it_shows_the_assessor_s_forms_and_no_other(self, ward):
        page = ward.client.get(ward.url("visit", "D7")).content.decode()
        assert 'name="spo2_percent"' in page
        assert 'name="score"' in page
        assert "mmHg" in page
        assert "crp" not in page

    def test_each_form_is_saved_on_its_own(self, ward):
        assert self.post(ward, **signs(ward)).status_code == 302
        score = {"form": "CP", "assessed_at": f"{ward.today}T11:05", "score": "4"}
        assert self.post(ward, **score).status_code == 302
        assert VitalSigns.objects.get().visit == ClinicalProgression.objects.get().visit
        assert Visit.objects.get().study_day == 7
        assert "Took place on" in text(ward.client.get(ward.url("visit", "D7")))

    def test_times_are_those_of_the_study_site(self, ward):
        self.post(ward, **signs(ward))
        assert VitalSigns.objects.get().measured_at == ward.noon - timedelta(hours=1)

    def test_on_room_air_nobody_has_to_explain_the_missing_flow(self, ward):
        self.post(ward, **signs(ward))
        assert VitalSigns.objects.get().missing == {"oxygen_flow_l_min": "NA"}

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"spo2_percent": "101"}, "Enter a value from 10 to 100 %"),
            ({"temperature_c": "50"}, "Enter a value from 25 to 45 °C"),
            ({"diastolic_mmhg": "130"}, "must be below the systolic"),
            ({"oxygen_flow_l_min": "3"}, "needs an oxygen device"),
            ({"heart_rate": ""}, "Enter a value or say why it is missing"),
            ({"measured_at": "2111-01-01T08:00"}, "in the future"),
            ({"measured_at": "2001-01-01T08:00"}, "before the participant was randomized"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_the_field(self, ward, changes, sentence):
        response = self.post(ward, **signs(ward, **changes))
        assert response.status_code == 422
        assert sentence in text(response)
        assert 'name="confirm"' not in response.content.decode()
        assert not Visit.objects.exists()

    def test_the_unlikely_is_asked_about_confirmed_and_kept_as_a_query(self, ward):
        asked = self.post(ward, **signs(ward, heart_rate="165"))
        assert asked.status_code == 422
        assert 'name="confirm" value="heart_rate"' in asked.content.decode()
        assert not Visit.objects.exists()
        assert self.post(ward, **signs(ward, heart_rate="165", confirm="heart_rate")).status_code == 302
        query = Query.objects.get()
        assert (query.form, query.field, query.origin, query.state) == ("VS", "heart_rate", "check", "open")
        assert query.number in text(ward.client.get(ward.url("visit", "D7")))

    def test_a_date_outside_the_window_is_asked_about_once_for_the_visit(self, ward):
        early = f"{ward.noon.date() - timedelta(days=3)}T11:"
        assert "outside the visit window" in text(self.post(ward, **signs(ward, measured_at=early + "00")))
        confirmed = signs(ward, measured_at=early + "00", confirm="measured_at")
        assert self.post(ward, **confirmed).status_code == 302
        assert self.post(ward, form="CP", assessed_at=early + "05", score="4").status_code == 302
        assert [(q.form, q.field) for q in Query.objects.all()] == [("VI", "took_place_on")]

    def test_another_day_than_the_visit_s_is_asked_about(self, ward):
        record_laboratory(ward)
        yesterday = f"{ward.noon.date() - timedelta(days=1)}T11:00"
        assert "not the day of the visit" in text(self.post(ward, **signs(ward, measured_at=yesterday)))

    def test_a_score_against_the_oxygen_support_is_asked_about(self, ward):
        self.post(ward, **signs(ward))
        score = {"form": "CP", "assessed_at": f"{ward.today}T11:05", "score": "6"}
        assert "do not fit together" in text(self.post(ward, **score))

    def test_a_value_or_a_reason_but_not_both(self, ward):
        both = {"heart_rate": "80", "heart_rate__missing": "ND"}
        assert "not both" in text(self.post(ward, **signs(ward, **both)))
        assert self.post(ward, **signs(ward, heart_rate="", heart_rate__missing="ND")).status_code == 302

    def test_a_change_needs_a_reason_and_stands_in_the_history(self, ward):
        self.post(ward, **signs(ward))
        changed = SIGNS | {"measured_at": f"{ward.today}T11:00", "heart_rate": "90", "version": "1"}
        assert "Say why a saved value changes" in text(self.post(ward, **changed))
        assert self.post(ward, **changed, reason="Read from the wrong line").status_code == 302
        assert "Read from the wrong line" in text(ward.client.get(ward.url("visit", "D7")))

    def test_a_stale_edit_is_told_and_overwrites_nothing(self, ward):
        self.post(ward, **signs(ward))
        changed = SIGNS | {"measured_at": f"{ward.today}T11:00", "version": "1", "reason": "x"}
        self.post(ward, **changed | {"heart_rate": "90"})
        stale = self.post(ward, **changed | {"heart_rate": "100"})
        assert stale.status_code == 422
        assert "Somebody else saved this form" in text(stale)
        assert "Somebody else saved here meanwhile: 90" in text(stale)
        assert 'value="100"' in stale.content.decode()
        assert VitalSigns.objects.get().heart_rate == 90

    def test_after_a_stale_edit_whoever_has_seen_both_may_save(self, ward):
        self.post(ward, **signs(ward))
        changed = SIGNS | {"measured_at": f"{ward.today}T11:00", "version": "1", "reason": "x"}
        self.post(ward, **changed | {"heart_rate": "90"})
        page = self.post(ward, **changed | {"heart_rate": "100"}).content.decode()
        version = re.search(r'name="version" value="(\d+)"', page)[1]
        assert self.post(ward, **changed | {"heart_rate": "100", "version": version}).status_code == 302
        assert VitalSigns.objects.get().heart_rate == 100

    def test_a_section_is_checked_while_it_is_typed_and_nothing_is_saved(self, ward):
        typed = {"form": "VS", "spo2_percent": "101", "heart_rate": "60"}
        said = ward.client.post(ward.url("check", "D7"), typed)
        assert said.status_code == 200
        assert "Enter a value from 10 to 100 %" in text(said)
        assert "Body temperature" not in text(said)
        assert not Visit.objects.exists()

    def test_an_unscheduled_visit_is_begun_from_the_forms_outside_visits(self, ward):
        assert ward.url("visit", "UNS") in ward.client.get(ward.url("other_forms")).content.decode()
        score = {"form": "CP", "assessed_at": f"{ward.today}T11:05", "score": "4"}
        assert ward.client.post(ward.url("visit", "UNS"), score).status_code == 302
        assert Visit.objects.get().code == "UNS"
        assert ward.url("visit", "UNS.2") in ward.client.get(ward.url("other_forms")).content.decode()

    def test_the_values_of_the_visit_before_stand_beside(self, ward):
        day3 = ward.day0 + timedelta(days=3)
        at = ward.noon - timedelta(days=4)
        record_visit_form(
            ward.subject,
            "D3",
            form="VS",
            took_place_on=day3,
            values={"measured_at": at, "heart_rate": 73, "oxygen_device": "mask"},
            by=ward.cast.assessor.actor(at),
            at=at,
        )
        page = text(ward.client.get(ward.url("visit", "D7")))
        assert "D3: 73" in page
        assert "D3: mask" in page

    def test_nothing_blinded_or_of_other_forms_reaches_the_assessor(self, ward):
        record_laboratory(ward)
        record_adverse_event(
            ward.subject,
            values=EVENT
            | {"term": "Zoster", "grade": 2, "serious": False, "started_on": ward.day0}
            | {"ended_on": None},
            by=ward.cast.coordinator.actor(ward.noon),
            at=ward.noon,
        )
        page = ward.client.get(ward.url("visit", "D7")).content.decode()
        for secret in ("77.7", "Zoster", Kit.objects.get().number, "CANARY"):
            assert secret not in page

    def test_a_visit_that_does_not_exist_is_not_found(self, ward):
        assert ward.client.get(ward.url("visit", "D99")).status_code == 404


class TestDatePage:
    @pytest.mark.parametrize("who", ["assessor", "coordinator"])
    def test_the_date_is_corrected_with_a_reason(self, ward, who):
        record_laboratory(ward)
        ward.sign_in(who)
        day6 = (ward.noon.date() - timedelta(days=1)).isoformat()
        wrong = ward.client.post(ward.url("visit_date", "D7"), {"took_place_on": day6, "reason": ""})
        assert wrong.status_code == 422
        right = ward.client.post(ward.url("visit_date", "D7"), {"took_place_on": day6, "reason": "Wrong day"})
        assert right.status_code == 302
        assert Visit.objects.get().study_day == 6

    def test_a_visit_that_did_not_take_place_has_no_date(self, ward):
        ward.sign_in("assessor")
        assert ward.client.get(ward.url("visit_date", "D7")).status_code == 404


@pytest.mark.parametrize(
    ("page", "who", "status"),
    [
        ("visit", "assessor", 200),
        ("visit", "coordinator", 200),
        ("visit", "investigator", 403),
        ("visit", "pharmacist", 403),
        ("visit", "monitor", 403),
        ("visit", "outsider", 404),
        ("visit", "nurse", 403),
        ("daily_status", "assessor", 200),
        ("daily_status", "coordinator", 403),
        ("other_forms", "coordinator", 200),
        ("other_forms", "assessor", 200),
        ("other_forms", "monitor", 403),
        ("other_forms", "outsider", 404),
        ("adverse_event", "coordinator", 200),
        ("adverse_event", "investigator", 200),
        ("adverse_event", "assessor", 403),
        ("adverse_event", "outsider", 404),
    ],
)
def test_who_may_open_which_page(ward, page, who, status):
    ward.sign_in(who)
    where = ward.url(page, "D7") if page == "visit" else ward.url(page)
    assert ward.client.get(where).status_code == status
    if status != 200 and page != "other_forms":
        assert ward.client.post(where, signs(ward)).status_code == status
