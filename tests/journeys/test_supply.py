"""The pharmacist's shelf in a browser: a shipment arrives, two people release it, and site staff read one word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from randomization.forms import supply as forms
from randomization.unblinded_views import supply as views
from tests.cast import ARMS, PASSWORD
from tests.journeys.conftest import minute
from trial_site.core.protocol import Arm, Text, latest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _arms_of_the_tests(monkeypatch) -> None:
    protocol = replace(latest(), arms=tuple(Arm(code, Text(code.title(), code.title())) for code in ARMS))
    for module in (forms, views):
        monkeypatch.setattr(module, "latest", lambda: protocol)


@pytest.mark.usefixtures("_arms_of_the_tests")
def test_a_shipment_from_the_door_to_the_shelf(person, site) -> None:
    pharmacist, coordinator = person("pharmacist"), person("coordinator")
    pharmacist.open("/supply/")
    pharmacist.look("supply-of-the-pharmacist")
    pharmacist.press("Open the stock")
    pharmacist.page.locator("summary", has_text="Receive a shipment").click()
    now = datetime.now(UTC)
    arrived = {
        "lot": "LOT-NEW",
        "expires_on": (now + timedelta(days=300)).date().isoformat(),
        "kits": "2",
        "vials": "1",
        "storage_place": "Tank 1, shelf 3",
        "received_at": minute(now - timedelta(hours=1), site),
        "condition": "Seals unbroken, papers complete",
        "warmest_c": "-100",
        "coldest_c": "-181",
    }
    pharmacist.fill("receive", **arrived)
    pharmacist.press("Receive into quarantine")
    pharmacist.sees("The shipment was too warm.")
    pharmacist.look("shipment-refused")
    pharmacist.fill("receive", warmest_c="-151")
    pharmacist.press("Receive into quarantine")
    pharmacist.sees("LOT-NEW", "in quarantine")
    for row in pharmacist.page.get_by_role("row").filter(has_text="LOT-NEW").all():
        row.get_by_role("checkbox").check()
    pharmacist.page.locator('[name="step"]').select_option("released")
    pharmacist.page.locator('[name="second_person"]').select_option(label="Pharmacist Dai Demo")
    pharmacist.fill(second_password=PASSWORD)
    pharmacist.press("Write into the ledger")
    pharmacist.look("stock")
    assert (
        pharmacist.page.get_by_role("row").filter(has_text="LOT-NEW").filter(has_text="on the shelf").count()
        == 2
    )
    pharmacist.page.get_by_role("button", name="Open S").last.click()
    pharmacist.look("shipment")
    pharmacist.open("/supply/")
    pharmacist.press("Open the stock")
    pharmacist.page.locator("#lot_lot").fill("LOT-CANARYCELLS")
    pharmacist.press("Trace to participants")
    pharmacist.look("trace")
    coordinator.open("/supply/")
    coordinator.sees("supply open")
    coordinator.look("supply-of-the-coordinator")
    assert coordinator.page.get_by_role("button", name="Open the stock").count() == 0


def test_the_unblinded_monitor_asks_and_closes_the_accounts(person) -> None:
    monitor, pharmacist = person("unblinded_monitor"), person("pharmacist")
    monitor.open("/supply/")
    monitor.press("Open the stock")
    monitor.page.locator("summary", has_text="Ask the pharmacy").click()
    monitor.page.locator("#question_text").fill("Who read the thermometer of tank 1 last week?")
    monitor.press("Open a query")
    pharmacist.open("/supply/")
    pharmacist.press("Open the stock")
    pharmacist.sees("Who read the thermometer")
    pharmacist.page.locator("article textarea").fill("The pharmacist on duty; the sheet is in folder 3.")
    pharmacist.page.locator("article button[value=answer]").click()
    pharmacist.look("pharmacy-query-answered")
    monitor.open("/supply/")
    monitor.press("Open the stock")
    monitor.page.locator("article button[value=close]").click()
    monitor.page.locator("summary", has_text="Close the accounts").click()
    monitor.page.locator("#close_note").fill("Kits, ledger and papers compared on site.")
    monitor.fill(password=PASSWORD)
    monitor.press("Sign and close")
    monitor.sees("closed by the unblinded monitor")
    monitor.look("pharmacy-accounts-closed")
