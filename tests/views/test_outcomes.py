"""The pages of visits, adverse events and reminders, as a browser without scripts uses them."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from outcomes.actions import record_adverse_event, record_visit_form
from outcomes.actions.reminders import plan_visit_reminders
from outcomes.models import (
    AdverseEvent,
    ClinicalProgression,
    ConcomitantMedication,
    DailyStatus,
    Laboratory,
    Visit,
    VitalSigns,
)
from randomization.models import Kit
from tests.story import participant_at
from trial_site.audit.action import attributed
from trial_site.core.actors import Actor
from trial_site.core.models import Notice
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)
SIGNS = {
    "form": "VS",
    "temperature_c": "36.8",
    "heart_rate": "80",
    "respiratory_rate": "18",
    "systolic_mmhg": "120",
    "diastolic_mmhg": "75",
    "spo2_percent": "96",
    "oxygen_device": "none",
}
LABORATORY = {
    "form": "LB",
    "wbc_10e9_l": "6.1",
    "lymphocytes_10e9_l": "1.2",
    "crp_mg_l": "77.7",
    "il6_pg_ml": "12",
    "ferritin_ug_l": "300",
    "d_dimer_mg_l": "0.5",
    "ldh_u_l": "220",
    "procalcitonin_ng_ml": "0.1",
}
EVENT = {
    "action_taken": "none",
    "term": "Headache",
    "grade": "2",
    "serious": "False",
    "outcome": "recovering",
}


@pytest.fixture
def ward(cast, client, monkeypatch) -> SimpleNamespace:
    """Noon of an infused participant's day 7; everyone's clock says so."""
    subject, infused_at = participant_at("infused")
    day0 = subject.site.date_of(infused_at)
    noon = datetime.combine(day0 + timedelta(days=7), datetime.min.time(), tzinfo=subject.site.tz)
    noon += timedelta(hours=12)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    today = noon.date().isoformat()
    ward = SimpleNamespace(subject=subject, noon=noon, today=today, day0=day0, cast=cast, client=client)
    ward.sign_in = lambda who: client.force_login(getattr(cast, who).staff)
    ward.url = lambda name, *more: reverse(f"outcomes:{name}", args=[subject.number, *more])
    return ward


def signs(ward, **changes) -> dict:
    return SIGNS | {"measured_at": f"{ward.today}T11:00"} | changes


def laboratory(ward, **changes) -> dict:
    return LABORATORY | {"sampled_at": f"{ward.today}T08:00"} | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


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


def record_laboratory(ward) -> Laboratory:
    return record_visit_form(
        ward.subject,
        "D7",
        form="LB",
        took_place_on=ward.noon.date(),
        values={"sampled_at": ward.noon, "crp_mg_l": Decimal("77.7")},
        by=ward.cast.coordinator.actor(ward.noon),
        at=ward.noon,
    )


class TestLaboratoryPage:
    def test_the_coordinator_records_it(self, ward):
        ward.sign_in("coordinator")
        assert ward.client.post(ward.url("visit", "D7"), laboratory(ward)).status_code == 302
        assert Laboratory.objects.get().crp_mg_l == Decimal("77.7")

    def test_more_lymphocytes_than_cells_are_refused(self, ward):
        ward.sign_in("coordinator")
        wrong = laboratory(ward, lymphocytes_10e9_l="9")
        assert "more lymphocytes" in text(ward.client.post(ward.url("visit", "D7"), wrong))


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


class TestDailyStatusPage:
    ROW = {
        "severity": "moderate",
        "score": "5",
        "oxygen_device": "nasal_cannula",
        "oxygen_flow_l_min": "2",
        "spo2_percent": "95",
        "respiratory_rate": "20",
        "temperature_c": "37.4",
    }

    @pytest.fixture(autouse=True)
    def assessor(self, ward):
        ward.sign_in("assessor")

    def post(self, ward, day=3, **changes):
        on = ward.day0 + timedelta(days=day)
        return ward.client.post(ward.url("daily_status"), self.ROW | {"on": on.isoformat()} | changes)

    def test_a_day_is_a_row_and_is_saved_on_its_own(self, ward):
        page = ward.client.get(ward.url("daily_status")).content.decode()
        assert page.count('name="on"') == 8
        assert self.post(ward).status_code == 302
        status = DailyStatus.objects.get()
        assert (status.number, status.score, status.missing) == (3, 5, {})
        assert ward.client.get(ward.url("daily_status")).content.decode().count('name="on"') == 7

    def test_empty_values_share_one_reason(self, ward):
        empty = {"temperature_c": "", "respiratory_rate": ""}
        refused = self.post(ward, **empty)
        assert refused.status_code == 422
        assert "Enter a value or say why it is missing" in text(refused)
        assert self.post(ward, **empty, why_missing="ND").status_code == 302
        assert DailyStatus.objects.get().missing == {"temperature_c": "ND", "respiratory_rate": "ND"}

    def test_what_cannot_be_is_refused_and_what_is_unlikely_is_asked_about(self, ward):
        assert "Enter a value from 10 to 100 %" in text(self.post(ward, spo2_percent="101"))
        assert "those of a severe case" in text(self.post(ward, respiratory_rate="32"))
        assert self.post(ward, respiratory_rate="32", confirm="severity").status_code == 302
        assert Query.objects.get().field == "severity"

    def test_a_recorded_day_is_corrected_with_a_reason(self, ward):
        self.post(ward)
        assert 'name="version"' in ward.client.get(ward.url("daily_status") + "?day=3").content.decode()
        corrected = {"version": "1", "reason": "Slip", "spo2_percent": "94"}
        assert self.post(ward, **corrected).status_code == 302
        assert DailyStatus.objects.get().spo2_percent == 94


class TestLogPages:
    MEDICINE = {"name": "Dexamethasone", "group": "steroid", "indication": "COVID-19", "ongoing": "True"}

    @pytest.fixture(autouse=True)
    def coordinator(self, ward):
        ward.sign_in("coordinator")

    def test_an_entry_is_added_completed_and_stands_in_the_table(self, ward):
        given = self.MEDICINE | {"started_on": ward.day0.isoformat()}
        assert ward.client.post(ward.url("entries", "CM"), given).status_code == 302
        assert "Dexamethasone" in text(ward.client.get(ward.url("entries", "CM")))
        ended = {"ongoing": "False", "ended_on": ward.today, "version": "1", "reason": "Stopped"}
        assert ward.client.post(ward.url("entry", "CM", 1), given | ended).status_code == 302
        assert ConcomitantMedication.objects.get().ended_on == ward.noon.date()

    def test_ongoing_is_answered_not_left_out(self, ward):
        given = self.MEDICINE | {"started_on": ward.day0.isoformat(), "ongoing": ""}
        assert ward.client.post(ward.url("entries", "CM"), given).status_code == 422

    def test_a_form_that_is_filled_in_once_opens_itself(self, ward):
        history = {
            "first_positive_on": ward.day0.isoformat(),
            "previous_infection": "no",
            "vaccine_doses": "3",
        }
        history |= {"vaccine": "Inactivated", "last_dose_on": "2022-01-05"}
        assert ward.client.post(ward.url("entries", "CH"), history).status_code == 302
        page = ward.client.get(ward.url("entries", "CH")).content.decode()
        assert 'value="Inactivated"' in page
        assert 'name="version"' in page

    @pytest.mark.parametrize("form", ["DY", "LB", "XX"])
    def test_no_page_for_what_is_no_log(self, ward, form):
        assert ward.client.get(ward.url("entries", form)).status_code == 404


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
