"""The pages of the infusion, each opened and used by the person whose job it is, and refused to the others."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from dosing.models import InfusionOrder, InfusionVitals, OrderState, TimePoint
from dosing.selectors import infusion_of, order_of, slot_of
from enrollment.actions import record_withdrawal
from enrollment.selectors import screening_of
from randomization.models import AccessRecord
from tests.actions.test_afterwards import record
from tests.story import participant_at
from trial_site.monitoring.models import Deviation, Query

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def clock(monkeypatch):
    """Sets the time at which pages are opened, inside the story."""
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def page(response) -> html.HtmlElement:
    return html.fromstring(response.content)


def text(response) -> str:
    return " ".join(page(response).xpath("//main")[0].text_content().split())


def typed(at: datetime, subject) -> str:
    """As a browser sends a local date and time."""
    return at.astimezone(subject.site.tz).strftime("%Y-%m-%dT%H:%M")


def test_the_coordinator_reserves_moves_and_gives_back_a_slot(cast, clock):
    subject, now = participant_at("planned")
    clock(now)
    client, url = signed_in(cast.coordinator), reverse("dosing:slot", args=[subject.number])
    cancel = reverse("dosing:cancel_slot", args=[subject.number])
    assert client.post(cancel, {"reason": ""}).status_code == 422
    assert client.post(cancel, {"reason": "The ward is full"}).status_code == 302
    offered = page(client.get(url))
    assert "Day 10" in offered.text_content()
    button = offered.xpath("//button[@name='starts_at']")[0]
    assert client.post(url, {"starts_at": "2020-01-01T09:00:00+08:00"}).status_code == 422
    assert client.post(url, {"starts_at": button.get("value")}).status_code == 302
    assert slot_of(subject).starts_at == datetime.fromisoformat(button.get("value"))
    assert "Mei Demo" in text(client.get(url))
    assert "already" in text(client.post(url, {"starts_at": button.get("value")}))


def test_a_slot_is_moved_and_the_reason_asked_for(cast, clock):
    subject, now = participant_at("planned")
    clock(now)
    client, url = signed_in(cast.coordinator), reverse("dosing:slot", args=[subject.number])
    move = reverse("dosing:move_slot", args=[subject.number])
    start = page(client.get(url)).xpath("//button[@name='starts_at']")[-1].get("value")
    refused = client.post(move, {"starts_at": start, "reason": ""})
    assert refused.status_code == 422
    assert page(refused).xpath("//details[@open]//input[@name='reason']")
    assert client.post(move, {"starts_at": start, "reason": "CT first"}).status_code == 302
    assert slot_of(subject).starts_at == datetime.fromisoformat(start)
    assert "CT first" in text(client.get(url))
    assert "CT first" in text(signed_in(cast.pharmacist).get(reverse("dosing:pharmacy")))


def test_hours_and_blocked_days_are_kept_by_coordinator_and_pharmacy(cast, clock):
    subject, now = participant_at("planned")
    clock(now)
    url, block, again = (reverse(f"dosing:{name}", args=["01"]) for name in ("unit", "block_day", "open_day"))
    client = signed_in(cast.pharmacist)
    given = {"version": "1", "first_hour": "9", "last_hour": "8", "capacity": "2", "lead_minutes": "150"}
    assert "last hour cannot be before" in text(client.post(url, given))
    assert client.post(url, given | {"last_hour": "15"}).status_code == 302
    assert "overwritten" in text(client.post(url, given | {"last_hour": "15"}))
    day = slot_of(subject).on
    assert "Move it first" in text(client.post(block, {"on": day.isoformat(), "why": "staff"}))
    day += timedelta(days=1)
    assert client.post(block, {"on": day.isoformat(), "why": "staff"}).status_code == 302
    client = signed_in(cast.coordinator)
    assert "staff absent" in text(client.get(url))
    assert client.post(again, {"on": day.isoformat()}).status_code == 302
    assert "No day is blocked." in text(client.get(url))
    assert client.get(reverse("dosing:unit", args=["02"])).status_code == 404


def test_whoever_left_is_offered_no_time_and_their_slot_can_be_given_back(cast, clock):
    subject, now = participant_at("planned")
    clock(now)
    client, url = signed_in(cast.coordinator), reverse("dosing:slot", args=[subject.number])
    withdraw = {"on": subject.site.date_of(now), "by": cast.coordinator.actor(now), "at": now}
    record_withdrawal(subject, kind="consent", **withdraw)
    shown = client.get(url)
    assert "There is no infusion to plan: the participant's state is “withdrawn”." in text(shown)
    assert "Cancel the slot so that somebody else" in text(shown)
    cancel = reverse("dosing:cancel_slot", args=[subject.number])
    assert client.post(cancel, {"reason": "Withdrawn"}).status_code == 302
    assert not page(client.get(url)).xpath("//button[@name='starts_at']")


def recheck(subject, now, cast, **changed):
    return {
        "rechecked_at": typed(now, subject),
        "consent_stands": "on",
        "still_moderate": "on",
        "no_new_exclusion": "on",
        "weight_kg": str(screening_of(subject).weight_kg),
        "weight_measured_on": subject.site.date_of(now).isoformat(),
        "temperature_c": "37.4",
        "respiratory_rate": "20",
        "spo2_percent": "96",
        "oxygen_device": "none",
        **cast.investigator.signature,
    } | changed


def test_the_investigator_signs_the_recheck(cast, clock):
    subject, _ = participant_at("randomized")
    now = slot_of(subject).starts_at - 90 * MINUTE
    clock(now)
    client, url = signed_in(cast.investigator), reverse("dosing:order", args=[subject.number])
    assert f"{screening_of(subject).weight_kg} kg" in text(client.get(url))
    assert client.post(url, recheck(subject, now, cast, password="wrong")).status_code == 422
    assert client.post(url, recheck(subject, now, cast, temperature_c="")).status_code == 422
    unticked = recheck(subject, now, cast)
    del unticked["still_moderate"]
    assert "not infused" in text(client.post(url, unticked))
    heavier = str(screening_of(subject).weight_kg + 20)
    asked = client.post(url, recheck(subject, now, cast, weight_kg=heavier))
    assert "more than 10 percent" in text(asked)
    assert not InfusionOrder.objects.exists()
    confirmed = recheck(subject, now, cast, weight_kg=heavier, confirm=["weight_kg"])
    assert client.post(url, confirmed).status_code == 302
    assert Query.objects.filter(form="OR", field="weight_kg").exists()
    shown = text(client.get(url))
    assert "Dr. Lin Demo" in shown
    assert "I have re-checked the participant and order the infusion" in shown


def preparation(subject, now, cast, **changed):
    return {
        "thawed_at": typed(now - 2 * MINUTE, subject),
        "cells_millions": "70",
        "viability_percent": "90.5",
        "volume_ml": "100",
        "checked_by": str(cast.second_pharmacist.staff.pk),
        "checker_password": cast.password,
    } | changed


def test_the_pharmacist_prepares_and_releases(cast, clock):
    subject, _ = participant_at("ordered")
    now = slot_of(subject).starts_at - 40 * MINUTE
    clock(now)
    client, url = signed_in(cast.pharmacist), reverse("dosing:prepare", args=[subject.number])
    assert subject.number in text(client.get(reverse("dosing:pharmacy")))
    opened = client.get(url)
    assert opened.headers["Cache-Control"].count("no-store")
    assert not AccessRecord.objects.exists()
    assert b"CANARY" not in opened.content
    button = page(opened).xpath("//form[@hx-post]")[0]
    assert button.get("hx-post") == reverse("randomization:disclose", args=[subject.number])
    people = page(opened).xpath("//select[@name='checked_by']/option/@value")
    assert people == ["", str(cast.second_pharmacist.staff.pk)]
    assert client.post(url, preparation(subject, now, cast, checker_password="wrong")).status_code == 422
    assert client.post(url, preparation(subject, now, cast)).status_code == 302
    assert AccessRecord.objects.filter(subject=subject).count() == 2
    assert order_of(subject).state == OrderState.RELEASED
    assert "Use by" in text(client.get(reverse("dosing:pharmacy")))
    assert "no longer waiting" in text(client.post(url, preparation(subject, now, cast)))


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


def test_the_worklist_shows_who_must_be_infused(cast, clock):
    subject, now = participant_at("planned")
    clock(now)
    shown = text(signed_in(cast.nurse).get(reverse("dosing:worklist")))
    assert subject.number in shown
    assert signed_in(cast.outsider).get(reverse("dosing:worklist")).status_code == 200
    assert subject.number not in text(signed_in(cast.outsider).get(reverse("dosing:worklist")))


OPENED_BY = {
    "slot": {"principal", "investigator", "coordinator"},
    "order": {"principal", "investigator"},
    "prepare": {"pharmacist"},
    "infusion": {"principal", "investigator", "nurse"},
    "record_past": {"principal", "investigator", "nurse"},
    "vitals": {"principal", "investigator", "nurse"},
    "unit": {"principal", "investigator", "coordinator", "pharmacist"},
    "worklist": {"principal", "investigator", "coordinator", "nurse"},
    "pharmacy": {"pharmacist"},
}
EVERYBODY = [
    *("principal", "investigator", "coordinator", "nurse", "pharmacist", "assessor", "monitor"),
    *("data_manager", "statistician", "medical_monitor", "inspector", "administrator"),
]
OF_THE_PHARMACY = ("thaw", "viability", "cells", "placebo")


def test_every_page_opens_for_its_people_only_and_blinded_pages_name_no_product(cast, clock):
    subject, _ = participant_at("released")
    clock(order_of(subject).release.ready_at)
    for name, opened_by in OPENED_BY.items():
        number = {"worklist": [], "pharmacy": [], "unit": ["01"]}.get(name, [subject.number])
        for who in EVERYBODY:
            response = signed_in(getattr(cast, who)).get(reverse(f"dosing:{name}", args=number))
            assert (response.status_code == 200) == (who in opened_by), (name, who, response.status_code)
            assert b"CANARY" not in response.content, (name, who)
            if response.status_code == 200 and name != "prepare":
                assert not [word for word in OF_THE_PHARMACY if word in text(response).lower()], (name, who)
    outsider = signed_in(cast.outsider).get(reverse("dosing:slot", args=[subject.number]))
    assert outsider.status_code == 404
