"""The language switch, and pages in Simplified Chinese."""

import pytest
from playwright.sync_api import expect

from tests.journeys import answers, steps
from tests.journeys.conftest import now

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
