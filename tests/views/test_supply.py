"""The pages of the pharmacy: opened by a POST that is recorded, kept from everybody blinded."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from randomization.models import AccessRecord
from randomization.selectors import kit_of
from tests.actions.test_supply import Pharmacy
from tests.cast import ARMS
from tests.story import participant_at

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


@pytest.fixture
def pharmacy(cast):
    return Pharmacy(cast)


def browser(cast, who: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, who).staff)
    return client


def at(name: str, *which: str) -> str:
    return reverse(f"randomization:{name}", args=["01", *which])


def arriving(**changes: str) -> dict[str, str]:
    return {
        "arm": "MSC",
        "lot": "LOT-NEW",
        "expires_on": str(NOW.date() + timedelta(days=300)),
        "kits": "3",
        "vials": "1",
        "storage_place": "Tank 1",
        "received_at": (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "condition": "Seals unbroken",
        "warmest_c": "-150",
        "coldest_c": "-180",
    } | changes


def test_what_no_shipment_is_called_is_no_page(cast):
    assert browser(cast, "pharmacist").post(at("open_stock") + f"shipments/{'9' * 200}/").status_code == 404


def test_a_shipment_of_the_year_one_is_refused_beside_its_field(cast):
    """The stock could never be shown again: rows of the room are not changed."""
    client = browser(cast, "pharmacist")
    page = client.post(at("receive"), arriving(received_at="0001-01-01T00:00"))
    assert page.status_code == 422
    assert "The year is not between 1900 and 2199" in page.content.decode()
    assert client.post(at("open_stock")).status_code == 200


def test_opening_the_stock_is_a_post_and_leaves_a_record(cast):
    client = browser(cast, "pharmacist")
    bookmarked = client.get(at("open_stock"))
    assert (bookmarked.status_code, bookmarked.headers["Allow"]) == (405, "POST")
    assert "Go to the start page" in bookmarked.content.decode()
    page = client.post(at("open_stock"))
    assert page.status_code == 200
    assert "LOT-CANARYCELLS" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    record = AccessRecord.objects.get()
    assert (record.person, record.site, record.subject, record.shipment, record.purpose) == (
        cast.pharmacist.staff,
        cast.site,
        None,
        "",
        "supply",
    )


def test_the_unblinded_monitor_reads_and_finds_no_form_that_writes(cast):
    page = browser(cast, "unblinded_monitor").post(at("open_stock")).content.decode()
    assert "LOT-CANARYCELLS" in page
    assert at("account") not in page
    assert at("trace") in page


def test_site_staff_see_open_or_hold_and_nothing_more(cast, pharmacy):
    for held in (False, True):
        if held:
            pharmacy.hold()
        for who in ("coordinator", "investigator"):
            page = browser(cast, who).get(reverse("randomization:supply")).content.decode()
            assert "CANARY" not in page
            assert "/unblinded/" not in page
            assert ("supply hold: call the pharmacy" in page, "supply open" in page) == (held, not held)
    assert browser(cast, "assessor").get(reverse("randomization:supply")).status_code == 403


def test_a_shipment_is_received_and_its_kits_released(cast, pharmacy, protocol_arms):
    client = browser(cast, "pharmacist")
    page = client.post(at("receive"), arriving(arm=ARMS[0]))
    assert page.status_code == 200, page.content.decode()
    kits = pharmacy.stock(lot="LOT-NEW")
    assert [kit.place for kit in kits] == ["quarantine"] * 3
    released = client.post(
        at("account"),
        {
            "kits": [kit.number for kit in kits],
            "step": "released",
            "second_person": cast.second_pharmacist.staff.pk,
            "second_password": cast.password,
        },
    )
    assert released.status_code == 200
    assert [kit.place for kit in pharmacy.stock(lot="LOT-NEW")] == ["shelf"] * 3
    opened = client.post(at("shipment", kits[0].shipment)).content.decode()
    assert all(kit.number in opened for kit in kits)
    assert AccessRecord.objects.filter(shipment=kits[0].shipment).count() == 2


@pytest.fixture
def protocol_arms(monkeypatch):
    """The study of the tests has other names for its arms than the protocol, which the form offers."""
    from randomization.forms import supply

    monkeypatch.setattr(supply, "latest", lambda: Protocol())


class Protocol:
    class Arm:
        code = ARMS[0]

        class name:  # noqa: N801
            @staticmethod
            def text(language: str) -> str:
                return "cells"

    arms = (Arm,)


def test_what_was_typed_is_kept_beside_the_refusal(cast, protocol_arms):
    page = browser(cast, "pharmacist").post(at("receive"), arriving(arm=ARMS[0], warmest_c="-80"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "The shipment was too warm." in text
    assert 'value="LOT-NEW"' in text


def test_kits_stay_ticked_when_the_step_is_refused(cast, pharmacy):
    kit = pharmacy.stock(place="shelf")[0].number
    page = browser(cast, "pharmacist").post(at("account"), {"kits": [kit], "step": "destroyed"})
    assert page.status_code == 422
    assert f'value="{kit}" form="step-form" id="tick-{kit}" checked' in page.content.decode()


def test_a_lot_is_traced_and_withdrawn(cast, pharmacy):
    subject, _ = participant_at("released")
    client = browser(cast, "pharmacist")
    for arm in ARMS:
        page = client.post(at("trace"), {"lot": f"LOT-{arm}"}).content.decode()
        if subject.number in page:
            break
    else:
        pytest.fail("the participant is in no lot")
    refused = client.post(at("withdraw_lot"), {"lot": "LOT-X", "cause": "lot", "confirmed": "on"})
    assert refused.status_code == 422
    done = client.post(at("withdraw_lot"), {"lot": f"LOT-{arm}", "cause": "sterility", "confirmed": "on"})
    assert done.status_code == 200
    answer = done.content.decode()
    assert "1 bag of this lot is not begun" in answer
    assert answer.index(subject.number) < answer.index("—"), "first whose bag may be on its way"
    assert not [kit for kit in pharmacy.stock(lot=f"LOT-{arm}") if kit.usable]


def test_a_hold_is_set_and_lifted(cast):
    client = browser(cast, "pharmacist")
    for held, word in (("True", "hold"), ("False", "open")):
        assert client.post(at("set_hold"), {"held": held, "reason": "Stocktaking"}).status_code == 200
        assert (
            f"supply {word}"
            in browser(cast, "coordinator").get(reverse("randomization:supply")).content.decode()
        )


def test_the_accountability_log_is_a_pdf_that_names_every_kit(cast, pharmacy, tmp_path):
    subject, _now = participant_at("released")
    answer = browser(cast, "unblinded_monitor").post(at("reconciliation"))
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "log.pdf").write_bytes(answer.content)
    printed = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "log.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert all(kit.number in printed for kit in pharmacy.stock())
    assert "leads to where every kit is" in printed
    assert f"participant {subject.number}, bag {kit_of(subject).number}" in " ".join(printed.split())
    assert "Pharmacist Cao Demo, Pharmacist Dai Demo" in " ".join(printed.split())


def test_the_unblinded_monitor_asks_and_the_pharmacist_answers_on_the_same_desk(cast):
    monitor, pharmacist = browser(cast, "unblinded_monitor"), browser(cast, "pharmacist")
    page = monitor.post(at("ask_pharmacy"), {"about": "", "text": ""})
    assert page.status_code == 422
    asked = monitor.post(at("ask_pharmacy"), {"about": "", "text": "Where is the thaw log?"})
    assert asked.status_code == 200
    desk = pharmacist.post(at("open_stock")).content.decode()
    number = desk.split('id="query-')[1].split('"')[0]
    assert "Where is the thaw log?" in desk
    assert f'"{at("ask_pharmacy")}"' not in desk
    assert at("close_accounts") not in desk
    answer = {"number": number, "verb": "answer", "text": ""}
    assert pharmacist.post(at("move_pharmacy_query"), answer).status_code == 422
    assert pharmacist.post(at("move_pharmacy_query"), answer | {"text": "In folder 3."}).status_code == 200
    refused = monitor.post(at("close_accounts"), {"note": "Counted"} | cast.unblinded_monitor.signature)
    assert refused.status_code == 422
    assert "Counted" in refused.content.decode()
    monitor.post(at("move_pharmacy_query"), {"number": number, "verb": "close", "text": ""})
    closed = monitor.post(at("close_accounts"), {"note": "Counted"} | cast.unblinded_monitor.signature)
    assert "not closed by the unblinded monitor" not in closed.content.decode()
    opened = monitor.post(at("open_accounts"), {"note": "One paper more"})
    assert "not closed by the unblinded monitor" in opened.content.decode()
