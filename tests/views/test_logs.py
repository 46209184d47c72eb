"""The pages of results, of the daily status and of logs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from outcomes.models import (
    ConcomitantMedication,
    DailyStatus,
    Laboratory,
)
from tests.views.typed import laboratory, text
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)


class TestLaboratoryPage:
    def test_the_coordinator_records_it(self, ward):
        ward.sign_in("coordinator")
        assert ward.client.post(ward.url("visit", "D7"), laboratory(ward)).status_code == 302
        assert Laboratory.objects.get().crp_mg_l == Decimal("77.7")

    def test_more_lymphocytes_than_cells_are_refused(self, ward):
        ward.sign_in("coordinator")
        wrong = laboratory(ward, lymphocytes_10e9_l="9")
        assert "more lymphocytes" in text(ward.client.post(ward.url("visit", "D7"), wrong))


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
