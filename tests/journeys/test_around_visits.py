"""What is done around visits: the call of the day before, the laboratory's file, the endpoint read, the guess."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from outcomes.actions import record_visit_form
from outcomes.models import EndpointRead, EndpointScan, Laboratory, VisitCall
from outcomes.rules.lab_file import COLUMNS
from tests.journeys.follow_up import infused_a_week_ago, infused_days_ago

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_coordinator_calls_the_day_before(person, site) -> None:
    number = infused_days_ago(site, 6).number
    coordinator = person("coordinator")
    coordinator.do("Call", number)
    coordinator.look("calls")
    row = coordinator.page.get_by_role("row").filter(has_text=number)
    row.get_by_role("combobox").select_option("not_reached")
    row.get_by_role("button").click()
    coordinator.sees("The outcome of the call is kept.", "not reached")
    row.get_by_role("combobox").select_option("coming")
    row.get_by_role("button").click()
    coordinator.sees("will come", "done")
    coordinator.look("calls-made")
    assert VisitCall.objects.count() == 2


def test_a_laboratory_file_from_its_choice_to_the_form(person, site, tmp_path) -> None:
    number = infused_a_week_ago(site).number
    at = (timezone.now() - timedelta(hours=1)).astimezone(site.tz)
    results = [
        ("CRP", "1.8", "mg/dL"),
        ("WBC", "5.6", "10*9/L"),
        ("DDIMER", "30000", "ng/mL"),
        ("TROPT", "1", "ng/L"),
    ]
    rows = [f"{number},{at:%Y-%m-%d %H:%M},{test},{value},{unit}" for test, value, unit in results]
    path = tmp_path / "results.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]))
    coordinator = person("coordinator")
    coordinator.open(f"/visits/laboratory-file/{site.code}/")
    coordinator.page.locator("[name=file]").set_input_files(path)
    coordinator.press("Show what it would change")
    coordinator.sees("18.0", "outside the expected range", "1 line is left out")
    coordinator.look("laboratory-preview")
    coordinator.press("Take the results over")
    coordinator.sees("The results are taken over.")
    coordinator.look("laboratory-file")
    saved = Laboratory.objects.latest("pk")
    assert (saved.crp_mg_l, saved.wbc_10e9_l, saved.visit.code) == (18, saved.wbc_10e9_l, "D7")
    assert datetime.strftime(saved.sampled_at.astimezone(site.tz), "%H:%M") == f"{at:%H:%M}"
    coordinator.open(f"/participants/{number}/")
    coordinator.page.get_by_text("Change from baseline").click()
    coordinator.look("derived")


def scanned_today(subject, cast) -> EndpointScan:
    at = timezone.now()
    values = {"scanned_at": at - timedelta(hours=1), "pneumonia": "yes", "lesion_percent": 10}
    day = {"took_place_on": subject.site.date_of(at), "by": cast.coordinator.actor(at), "at": at}
    record_visit_form(subject, "UNS", form="CT", values=values, **day)
    return EndpointScan.objects.latest("pk")


def test_a_reader_reads_a_code_and_an_assessor_guesses(person, site, cast) -> None:
    subject = infused_days_ago(site, 29)
    number, code = subject.number, scanned_today(subject, cast).code
    reader, assessor = person("ct_reader"), person("assessor")
    reader.do("Read the chest CT", code)
    reader.look("read-ct")
    reader.fill(lesion_percent="12.5", software="Lung segmentation", software_version="2.1")
    reader.press("Keep the read")
    reader.sees("The read is kept.")
    reader.look("ct-reads")
    assert EndpointRead.objects.filter(scan__code=code).count() == 1
    assessor.do("Say what you believe", number)
    assessor.look("guess")
    assessor.fill(guess="placebo", certainty="fairly", grounds="none")
    assessor.press("Keep the guess")
    assessor.open(f"/visits/{number}/guess/")
    assessor.sees("fairly sure")
    assessor.look("guess-kept")
