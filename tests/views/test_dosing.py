"""The pages from the slot to the release, each used by the person whose job it is; and who is refused which."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from dosing.models import InfusionOrder, OrderState
from dosing.selectors import order_of, slot_of
from enrollment.actions import record_withdrawal
from enrollment.selectors import screening_of
from randomization.models import AccessRecord
from randomization.selectors import kit_of
from tests.custody import filling
from tests.pages import page, signed_in, text, typed
from tests.story import participant_at
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


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


def test_the_pharmacist_prepares_and_releases(cast, clock, owner):
    subject, _ = participant_at("ordered")
    now = slot_of(subject).starts_at - 40 * MINUTE
    clock(now)
    client, url = signed_in(cast.pharmacist), reverse("dosing:prepare", args=[subject.number])
    assert subject.number in text(client.get(reverse("dosing:pharmacy")))
    kit = filling(owner, kit_of(subject).number)
    opened = client.get(url)
    assert opened.headers["Cache-Control"].count("no-store")
    assert not AccessRecord.objects.exists()
    assert b"CANARY" not in opened.content
    button = page(opened).xpath("//form[@hx-post]")[0]
    assert button.get("hx-post") == reverse("randomization:disclose", args=[subject.number])
    people = page(opened).xpath("//select[@name='checked_by']/option/@value")
    assert people == ["", str(cast.second_pharmacist.staff.pk)]
    assert (
        client.post(url, preparation(subject, now, cast, from_kit=kit, checker_password="wrong")).status_code
        == 422
    )
    old = client.post(
        url, preparation(subject, now, cast, from_kit=kit, thawed_at=typed(now - 21 * MINUTE, subject))
    )
    assert old.status_code == 422
    assert "A bag is released within 20 minutes after thawing" in text(old)
    assert client.post(url, preparation(subject, now, cast, from_kit=kit)).status_code == 302
    assert AccessRecord.objects.filter(subject=subject).count() == 3
    assert order_of(subject).state == OrderState.RELEASED
    assert "Use by" in text(client.get(reverse("dosing:pharmacy")))
    assert "no longer waiting" in text(client.post(url, preparation(subject, now, cast, from_kit=kit)))


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
