"""Nothing typed is lost: the server killed under the coordinator's hands, the line cut, the login expired."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import expect

from enrollment.models import Screening, ScreeningDraft
from tests.cast import PASSWORD
from tests.journeys import answers, steps
from tests.journeys.browser import Person
from tests.journeys.conftest import now
from tests.journeys.serving import Server

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "Everything typed is kept as a draft."
UNREACHABLE = "No connection to the server. What you typed is kept on this page"


@pytest.fixture
def server(transactional_db) -> Iterator[Server]:
    server = Server(settings.DATABASES["default"]["NAME"])
    yield server
    server.kill()


@pytest.fixture
def coordinator(browser, server, site, watch) -> Iterator[Person]:
    """At a browser of their own, signed in at the server that will be killed."""
    someone = Person(browser, server.address, "coordinator", watch)
    yield someone
    someone.context.close()
    # The browser's console reports what this test brings about.
    expected = ("ERR_CONNECTION", "htmx:sendError", "htmx:afterRequest")
    watch.problems = [one for one in watch.problems if not any(told in one for told in expected)]


def says(person: Person, sentence: str) -> None:
    expect(person.page.locator(".draft-state")).to_contain_text(sentence, timeout=20_000)


def test_the_server_is_killed_while_the_coordinator_types(coordinator, server, site) -> None:
    number, consent = steps.log_and_consent(coordinator, now(site))
    values = answers.man(consent["given_at"])
    names = list(values)
    before, during, after = names[:20], names[20:40], names[40:]
    coordinator.fill(**{name: values[name] for name in before})
    says(coordinator, KEPT)
    server.kill()
    coordinator.fill(**{name: values[name] for name in during})
    says(coordinator, UNREACHABLE)
    coordinator.look("draft-unreachable")
    server.start()
    says(coordinator, KEPT)
    coordinator.page.reload()
    coordinator.sees("You typed this and have not saved it.")
    for name in before + during:
        assert typed(coordinator, name) == values[name], name
    coordinator.look("draft-restored")
    server.kill()
    coordinator.fill(**{name: values[name] for name in after})
    coordinator.press("Save the screening form")
    says(coordinator, UNREACHABLE)
    assert not Screening.objects.exists()
    server.start()
    expect(coordinator.page.get_by_role("heading", level=1)).to_have_text("Casebook", timeout=20_000)
    saved = Screening.objects.get(subject__number=number)
    assert {name: str(getattr(saved, name)) for name in ("spo2_percent", "other_trial", "sex")} == {
        "spo2_percent": "95",
        "other_trial": "none",
        "sex": "male",
    }
    assert not ScreeningDraft.objects.exists()


def typed(person: Person, name: str) -> str:
    return person.page.evaluate("name => document.querySelector('#screening').elements[name].value", name)


def test_the_login_expires_while_the_coordinator_types(person, site) -> None:
    coordinator = person("coordinator")
    steps.log_and_consent(coordinator, now(site))
    coordinator.fill(birth_date="1957-03-18")
    says(coordinator, KEPT)
    coordinator.context.clear_cookies(name="sessionid")
    coordinator.fill(respiratory_rate="22")
    says(coordinator, "You have been signed out. What you typed is kept on this page")
    coordinator.look("draft-signed-out")
    with coordinator.context.expect_page() as opened:
        coordinator.follow("Sign in again, in a new window")
    sign_in = opened.value
    sign_in.locator('[name="login"]').fill(coordinator.email)
    sign_in.locator('[name="password"]').fill(PASSWORD)
    sign_in.get_by_role("button", name="Sign in").click()
    expect(sign_in.get_by_role("heading", level=1)).to_have_text("To do")
    sign_in.close()
    says(coordinator, KEPT)
    assert ScreeningDraft.objects.get().typed["respiratory_rate"] == ["22"]
    coordinator.press("Save the screening form")
    coordinator.sees("The screening form is saved.")
    assert Screening.objects.get().respiratory_rate == 22


def test_nothing_stays_in_the_browser(person, site) -> None:
    """The workstation is shared: what was typed lives in the page and on the server, nowhere else."""
    coordinator = person("coordinator")
    steps.log_and_consent(coordinator, now(site))
    coordinator.fill(birth_date="1957-03-18")
    says(coordinator, KEPT)
    stored = coordinator.page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await indexedDB.databases(),"
        " await caches.keys()])"
    )
    assert "1957" not in stored
    cookies = " ".join(cookie["value"] for cookie in coordinator.context.cookies())
    assert "1957" not in cookies
