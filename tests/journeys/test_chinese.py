"""The language switch, and pages in Simplified Chinese."""

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from tests.journeys import answers, steps
from tests.journeys.conftest import now
from tests.journeys.test_afternoon import MINUTE, Afternoon, order

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_coordinator_works_in_chinese(person, site, cast) -> None:
    coordinator = person("coordinator")
    number, consent = steps.log_and_consent(coordinator, now(site))
    coordinator.press("简体中文")
    html, verdict = coordinator.page.locator("html"), coordinator.page.locator("#verdict")
    expect(html).to_have_attribute("lang", "zh-hans")
    assert coordinator.path == f"/screening/{number}/form/"
    assert cast.coordinator.staff.language == "zh-hans"
    expect(verdict).to_contain_text("可在第 10 至 15 天内输注")
    values = answers.man(consent["given_at"])
    coordinator.fill(**values)
    expect(verdict.get_by_text("年龄 18 至 85 岁")).to_be_visible()
    expect(coordinator.page.locator(".date-in-words").first).to_contain_text("1957年3月18日")
    coordinator.look("screening-chinese")
    coordinator.page.locator("#screening .form-actions button").click()
    coordinator.page.wait_for_url(lambda url: not url.endswith("/form/"))
    coordinator.look("casebook-chinese")
    ending, contacts = f"/screening/{number}/ending/", f"/screening/{number}/contacts/"
    places = ("/", "/participants/", "/protocol/", "/infusion/", "/queries/", "/recruitment/")
    for place in (*places, "/recruitment/screening-log/", ending, contacts):
        coordinator.open(place)
        expect(html).to_have_attribute("lang", "zh-hans")
        coordinator.look(f"chinese{place.replace('/', '-')}")


def zh(text: str) -> str:
    with translation.override("zh-hans"):
        return gettext(text)


def test_a_bag_that_fails_and_is_called_off_in_chinese(person, site, clock) -> None:
    day = Afternoon(site, clock)
    order(person, day)
    day.at(-60 * MINUTE)
    pharmacist, investigator = person("pharmacist"), person("investigator")
    for someone in (pharmacist, investigator):
        someone.press("简体中文")
    pharmacist.open("/infusion/pharmacy/")
    pharmacist.press(zh("Show what the kits contain"))
    expect(pharmacist.page.locator("#day-contents")).to_contain_text(day.bag)
    pharmacist.look("chinese-pharmacy-day")
    pharmacist.open(f"/infusion/{day.number}/preparation/")
    pharmacist.press(zh("Show the contents"))
    expect(pharmacist.page.locator("#sealed-content")).to_contain_text(day.bag)
    filling = pharmacist.page.locator("#sealed-content td.digits").inner_text()
    pharmacist.page.locator("summary", has_text=zh("The preparation failed")).click()
    pharmacist.fill(failed_kit="1234567", note="封口破裂")
    pharmacist.press(zh("Record the failure and take another kit"))
    pharmacist.look("chinese-failure-refused")
    expect(pharmacist.page.locator('[name="failed_kit"]')).to_have_value("1234567")
    pharmacist.fill(failed_kit=filling)
    pharmacist.press(zh("Record the failure and take another kit"))
    pharmacist.look("chinese-failure")
    pharmacist.page.locator(
        "summary", has_text=zh("Call the bag back, or report it as not available")
    ).click()
    pharmacist.page.locator('form[action$="/call-back/"] select').select_option(index=1)
    pharmacist.press(zh("Call off the order"))
    pharmacist.look("chinese-called-off")
    for path in (
        f"/infusion/{day.number}/",
        f"/infusion/{day.number}/order/",
        f"/unblinded/{day.number}/code-break/",
    ):
        investigator.open(path)
        investigator.look(f"chinese{path.replace('/', '-')}")
    pharmacist.open("/supply/")
    pharmacist.press(zh("Open the stock"))
    pharmacist.look("chinese-stock")
    pharmacist.page.locator("#lot_lot").fill("LOT-CANARYCELLS")
    pharmacist.press(zh("Trace to participants"))
    pharmacist.look("chinese-trace")
