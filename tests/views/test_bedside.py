"""The pages at the bed: take the bag, identify, start, stop, vital signs, record what happened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dosing.models import InfusionVitals, TimePoint
from dosing.selectors import infusion_of, order_of, slot_of
from tests.actions.test_afterwards import record
from tests.pages import page, signed_in, text, typed
from tests.story import participant_at
from trial_site.monitoring.models import Deviation, Query

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def identification(given, cast, **changed):
    return {
        "participant_code": given.subject.number,
        "bag_code": given.kit.number,
        "second_person": str(cast.second_nurse.staff.pk),
        "second_password": cast.password,
    } | changed


def signs(given, now, **changed):
    return {
        "measured_at": typed(now, given.subject),
        "temperature_c": "37.0",
        "heart_rate": "80",
        "respiratory_rate": "18",
        "systolic_mmhg": "120",
        "diastolic_mmhg": "80",
        "spo2_percent": "96",
    } | changed


def handover(given, cast, **changed):
    return {
        "bag_code": given.kit.number,
        "sleeve_intact": "on",
        "line_intact": "on",
        "handed_by": str(cast.pharmacist.staff.pk),
        "handed_password": cast.password,
    } | changed


def test_the_nurse_identifies_starts_stops_and_corrects(cast, clock):
    subject, _ = participant_at("released")
    given = order_of(subject)
    now = given.release.ready_at + 10 * MINUTE
    clock(now)
    client, url = signed_in(cast.nurse), reverse("dosing:infusion", args=[subject.number])
    start, stop, take = (
        reverse(f"dosing:{name}", args=[subject.number]) for name in ("start", "stop", "hand_over")
    )
    vitals = reverse("dosing:vitals", args=[subject.number])
    assert "minutes left" in text(client.get(url))
    assert client.post(start, identification(given, cast)).status_code == 302, "there is no bag yet"
    assert infusion_of(subject) is None
    refused = client.post(take, handover(given, cast, sleeve_intact=""))
    assert "Do not take it" in text(refused)
    assert client.post(take, handover(given, cast)).status_code == 302
    assert client.post(take, handover(given, cast)).status_code == 302
    assert "vital signs before" in text(client.post(start, identification(given, cast)))
    assert client.post(f"{vitals}?point=00", signs(given, now)).status_code == 302
    wrong = client.post(start, identification(given, cast, bag_code="1234567"))
    assert wrong.status_code == 422
    assert "not the bag of this participant" in text(wrong)
    assert client.post(start, identification(given, cast)).status_code == 302
    assert client.post(start, identification(given, cast)).status_code == 302
    infusion = infusion_of(subject)
    clock(now + HOUR)
    client = signed_in(cast.nurse)  # the session of before has timed out
    end = {
        "stopped_at": typed(now + 40 * MINUTE, subject),
        "volume_ml": "100",
        "incomplete_reason": "",
        "blind_kept": "False",
        "version": "1",
    }
    asked = client.post(stop, end)
    assert asked.status_code == 422
    assert "The blind was not kept" in text(asked)
    assert client.post(stop, end | {"confirm": ["blind_kept"]}).status_code == 302
    assert Query.objects.get(form="IN").field == "blind_kept"
    corrected = end | {"volume_ml": "90", "incomplete_reason": "Line blocked", "version": "2", "reason": ""}
    corrected["confirm"] = ["blind_kept"]
    assert client.post(stop, corrected).status_code == 422
    assert client.post(stop, corrected | {"reason": "Read again"}).status_code == 302
    infusion.refresh_from_db()
    assert (infusion.volume_ml, infusion.blind_kept) == (Decimal(90), False)
    assert "Read again" in text(client.get(url))


def test_a_pause_and_a_problem_are_recorded_at_the_bed(cast, clock):
    subject, now = participant_at("started")
    clock(now)
    client, url = signed_in(cast.nurse), reverse("dosing:infusion", args=[subject.number])
    interrupt, resume, problem = (
        reverse(f"dosing:{name}", args=[subject.number]) for name in ("interrupt", "resume", "problem")
    )
    early = infusion_of(subject).started_at - timedelta(hours=1)
    refused = client.post(interrupt, {"began_at": typed(early, subject), "why": "Line blocked"})
    assert "had not started then" in text(refused)
    assert client.post(interrupt, {"began_at": typed(now, subject), "why": "Line blocked"}).status_code == 302
    assert "Line blocked" in text(client.get(url))
    assert "cannot go on before" in text(client.post(resume, {"ended_at": typed(early, subject)}))
    assert client.post(resume, {"ended_at": typed(now, subject)}).status_code == 302
    kinds = page(client.get(url)).xpath("//select[@name='kind']/option/@value")
    assert "spill" in kinds
    assert "called_back" not in kinds, "that is the pharmacy's"
    assert client.post(problem, {"kind": "", "noticed_at": typed(now, subject)}).status_code == 422
    assert client.post(problem, {"kind": "spill", "noticed_at": typed(now, subject)}).status_code == 302
    assert Deviation.objects.get().kind == "product"


def test_what_happened_is_recorded_with_a_signature(cast, clock):
    subject, now = participant_at("handed_over")
    clock(now + 2 * HOUR)
    client, url = signed_in(cast.nurse), reverse("dosing:record_past", args=[subject.number])
    given = {
        "bag_code": order_of(subject).kit.number,
        "started_at": typed(now, subject),
        "stopped_at": typed(now + 30 * MINUTE, subject),
        "volume_ml": "100",
        "blind_kept": "True",
        "identified_by": str(cast.nurse.staff.pk),
        "second_person": str(cast.second_nurse.staff.pk),
        "why_late": "The network was down",
        "paper_source": "Infusion chart, sheet 3",
        "investigator": str(cast.investigator.staff.pk),
        "password": "wrong",
    }
    refused = client.post(url, given)
    assert refused.status_code == 422
    assert page(refused).xpath("//input[@name='why_late']/@value") == ["The network was down"]
    assert client.post(url, given | {"password": cast.password}).status_code == 302
    shown = text(client.get(reverse("dosing:infusion", args=[subject.number])))
    assert "The network was down" in shown
    assert "I confirm what was done" in shown
    casebook = text(signed_in(cast.investigator).get(reverse("casebook:subject", args=[subject.number])))
    assert "Infusion chart, sheet 3" in casebook


def test_vital_signs_of_an_infusion_without_an_order_are_entered_afterwards(cast, clock):
    subject, _ = participant_at("randomized")
    began = slot_of(subject).starts_at
    record(subject, cast, began)
    clock(began + 30 * HOUR)
    client, url = signed_in(cast.nurse), reverse("dosing:vitals", args=[subject.number])
    bedside = client.get(reverse("dosing:infusion", args=[subject.number]))
    assert url in page(bedside).xpath("//main//a/@href")
    assert f"Record the vital signs of {subject.number}" in text(client.get("/"))
    assert page(client.get(url)).xpath("//input[@name='measured_at']/@value") in ([], [""])
    measured = signs(infusion_of(subject), began - 10 * MINUTE)
    assert client.post(f"{url}?point=00", measured).status_code == 302
    assert InfusionVitals.objects.get().infusion == infusion_of(subject)
    assert "entered" in text(client.get(url))


def test_vital_signs_are_entered_point_by_point(cast, clock):
    subject, _ = participant_at("infused")
    given, infusion = order_of(subject), infusion_of(subject)
    now = infusion.stopped_at + 70 * MINUTE
    clock(now)
    client, url = signed_in(cast.nurse), reverse("dosing:vitals", args=[subject.number])
    assert page(client.get(url)).xpath("//h2[@id='point']")[0].text_content() == "End of infusion"
    grid = page(client.get(url)).xpath("//tbody//td[2]/time/@datetime")
    assert grid == sorted(grid)
    late = client.post(f"{url}?point=06", signs(given, now + MINUTE))
    assert "in the future" in text(late)
    without = signs(given, infusion.stopped_at + HOUR, heart_rate="", heart_rate__missing="ND")
    assert client.post(f"{url}?point=06", without).status_code == 302
    recorded = InfusionVitals.objects.get(order=given, time_point=TimePoint.HOUR1)
    assert recorded.missing == {"heart_rate": "ND"}
    assert "not done" in text(client.get(url))
    again = signs(given, infusion.stopped_at + HOUR, version="1")
    assert client.post(f"{url}?point=06", again | {"reason": ""}).status_code == 422
    assert client.post(f"{url}?point=06", again | {"reason": "Found on the chart"}).status_code == 302
    recorded.refresh_from_db()
    assert (recorded.heart_rate, recorded.version, recorded.missing) == (80, 2, {})
