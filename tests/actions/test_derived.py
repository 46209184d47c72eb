"""Derived endpoints out of recorded forms: on the page of whoever reads those forms, and exported as derived."""

import csv
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.actions import record_ending, take_back_ending
from outcomes.actions import record_visit_form
from outcomes.rules.derived import Endpoint
from outcomes.selectors import derived_of
from tests.actions.test_forms import day, died
from tests.followed import DAY, HOUR
from trial_site.core.errors import Refused
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Only, Wish
from trial_site.monitoring.registry import FORMS

pytestmark = pytest.mark.django_db(transaction=True)


def pcr(followed, number, result):
    values = {"sampled_at": followed.now - (7 - number) * DAY, "result": result}
    day = {"took_place_on": followed.day(number), "by": followed.coordinator, "at": followed.now}
    record_visit_form(followed.subject, f"D{number}", form="PC", values=values, **day)


def found(followed, forms=tuple(FORMS)):
    return derived_of(followed.subject, forms=forms, at=followed.now)


def days_of(followed):
    """Endpoint -> days since the infusion, and whether it happened."""
    return {
        endpoint: time and ((time.on - followed.infused_on).days, time.happened)
        for endpoint, time in found(followed).times.items()
    }


class TestTimes:
    def test_nothing_is_known_before_anybody_looked(self, followed):
        assert days_of(followed) == dict.fromkeys(Endpoint)

    def test_they_follow_from_the_forms(self, followed):
        for number, result in ((0, "positive"), (3, "negative"), (7, "negative")):
            pcr(followed, number, result)
        day(followed, 2)
        assert days_of(followed) == {
            Endpoint.NEGATIVE: (3, True),
            Endpoint.PROGRESSION: (2, False),
            Endpoint.DEATH: (7, False),
        }

    def test_a_severe_day_and_a_death_are_events_counted_from_randomization(self, followed):
        day(followed, 4, severity="severe")
        died(followed)
        assert days_of(followed)[Endpoint.PROGRESSION] == (4, True)
        assert days_of(followed)[Endpoint.DEATH] == (5, True)
        since_randomization = found(followed).times[Endpoint.DEATH].day
        assert since_randomization == (followed.day(5) - found(followed).since).days >= 5

    def test_a_death_taken_back_is_none(self, followed):
        given = {"on": followed.day(5), "explanation": "Ward round", "at": followed.now}
        ending = record_ending(followed.subject, kind="death", by=followed.investigator, **given)
        assert days_of(followed)[Endpoint.PROGRESSION] == (5, True)
        given = {"reason": "Another patient", "by": followed.investigator, "at": followed.now}
        take_back_ending(ending, **given)
        assert days_of(followed)[Endpoint.PROGRESSION] is None


class TestWhoSees:
    def scores(self, followed):
        followed.record(
            "CP", "D0", on=followed.day(0), score=5, assessed_at=followed.now - 7 * DAY - 6 * HOUR
        )
        followed.record("CP", score=2)
        followed.record("LB", "D7")
        pcr(followed, 3, "negative")

    def page(self, client, followed, who):
        client.force_login(getattr(followed.cast, who).staff)
        return client.get(reverse("casebook:subject", args=[followed.subject.number])).content.decode()

    @pytest.fixture(autouse=True)
    def _plain(self, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}

    def test_the_coordinator_reads_times_and_differences(self, client, followed):
        self.scores(followed)
        page = self.page(client, followed, "coordinator")
        assert "Time to negative conversion" in page
        assert '<td class="number">5</td><td class="number">-3</td>' in page

    def test_the_assessor_reads_what_follows_from_the_assessor_s_forms(self, client, followed):
        self.scores(followed)
        page = self.page(client, followed, "assessor")
        assert '<td class="number">-3</td>' in page
        for other in ("negative conversion", "Time to death", "Time to severe", "Ct of"):
            assert other not in page

    def test_the_page_of_a_visit_says_the_change_beside_the_saved_value(self, client, followed):
        followed.record(
            "CP", "D0", on=followed.day(0), score=5, assessed_at=followed.now - 7 * DAY - 6 * HOUR
        )
        page = reverse("outcomes:visit", args=[followed.subject.number, "D7"])
        client.force_login(followed.cast.assessor.staff)
        assert "change from D0" not in client.get(page).content.decode()
        followed.record("CP", score=2)
        assert "change from D0: -3 (derived)" in client.get(page).content.decode()


class TestExport:
    def export(self, followed, tmp_path, **wish):
        made = make_blinded_export(
            format=ExportFormat.DERIVED,
            wish=Wish(**wish),
            by=followed.cast.data_manager.actor(followed.now),
            at=followed.now,
            directory=tmp_path,
        )
        with (tmp_path / made.file_name).open(newline="") as file:
            return list(csv.DictReader(file)), made

    def test_rows_say_where_they_come_from(self, followed, tmp_path):
        followed.record(
            "LB", "D0", on=followed.day(0), sampled_at=followed.now - 7 * DAY - 6 * HOUR, crp_mg_l=Decimal(40)
        )
        followed.record("LB")
        day(followed, 3, severity="severe")
        rows, made = self.export(followed, tmp_path)
        assert {row["ORIGIN"] for row in rows} == {"Derived"}
        by_code = {row["PARAMCD"]: row for row in rows}
        assert (by_code["TTPROG"]["CNSR"], by_code["TTPROG"]["BY_DAY_28"]) == ("0", "Y")
        assert (by_code["TTDEATH"]["CNSR"], by_code["TTDEATH"]["BY_DAY_28"]) == ("1", "")
        crp = by_code["LB.CRP_MG_L"]
        assert (crp["VISIT"], crp["AVAL"], crp["BASE"], crp["CHG"]) == ("D7", "12.0", "40.0", "-28.0")
        assert crp["UNIT"] == "mg/L"
        assert made.manifest["records"] == {"derived": len(rows)}

    def test_only_what_follows_from_the_forms_asked_for(self, followed, tmp_path):
        day(followed, 3, severity="severe")
        pcr(followed, 3, "negative")
        rows, _made = self.export(followed, tmp_path, forms=("PC",))
        assert {row["PARAMCD"] for row in rows} == {"TTNEG"}

    def test_the_past_is_computed_from_the_past(self, followed, tmp_path):
        day(followed, 3)
        before = timezone.now()
        day(followed, 4, severity="severe")
        made = make_blinded_export(
            format=ExportFormat.DERIVED,
            wish=Wish(as_of=before),
            by=followed.cast.data_manager.actor(),
            at=timezone.now(),
            directory=tmp_path,
        )
        rows = list(csv.DictReader((tmp_path / made.file_name).read_text().splitlines()))
        assert {row["PARAMCD"]: row["CNSR"] for row in rows}["TTPROG"] == "1"

    @pytest.mark.parametrize("wish", [{"visits": ("D7",)}, {"only": Only.SIGNED}])
    def test_an_endpoint_is_of_everything_or_not_at_all(self, followed, tmp_path, wish):
        with pytest.raises(Refused) as refusal:
            self.export(followed, tmp_path, **wish)
        assert set(refusal.value.fields) == {"format"}
