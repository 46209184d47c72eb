"""A browser, a study site at which it is morning, and people who sign in."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browser import Person, Watch
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=en-US"]
# Somewhere it is between 5:00 and 13:00, so that an infusion can still be planned for today.
ZONES = ("Asia/Shanghai", "Europe/Rome", "America/New_York", "Pacific/Honolulu")
MORNING = range(5, 13)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Playwright keeps an event loop running in this thread, which Django takes for async code."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@action
def move_to(zone: str, site: StudySite, *, by: Actor) -> None:
    site.zone = zone
    site.save(update_fields=["zone"])


@pytest.fixture
def site(transactional_db, cast) -> StudySite:
    """The first study site, where it is morning whenever the test runs."""
    zone = next(zone for zone in ZONES if datetime.now(ZoneInfo(zone)).hour in MORNING)
    move_to(zone, cast.site, by=Actor.system("journey"))
    return cast.site


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Pictures are kept in the folder that JOURNEY_SCREENSHOTS names."""
    pictures = os.environ.get("JOURNEY_SCREENSHOTS")
    folder = Path(pictures or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    watch = Watch(folder, keeps_pictures=bool(pictures))
    yield watch
    assert not watch.problems, "\n".join(watch.problems)


@pytest.fixture
def _bytes_watched(watch, monkeypatch) -> None:
    """Every answer of the server, on its way out."""
    get_response = BaseHandler.get_response

    def respond(handler: BaseHandler, request: HttpRequest) -> HttpResponse:
        response = get_response(handler, request)
        watch.answered(request.path, response)
        return response

    monkeypatch.setattr(BaseHandler, "get_response", respond)


@pytest.fixture
def person(browser, live_server, site, watch, _bytes_watched) -> Iterator[Callable[[str], Person]]:
    """Gives one of the cast at a browser of their own, signed in; the same one when asked again."""
    people: dict[str, Person] = {}

    def signed_in(name: str) -> Person:
        if name not in people:
            people[name] = Person(browser, live_server.url, name, watch)
        return people[name]

    yield signed_in
    for each in people.values():
        watch.picture(each.page, f"last-{each.name}")
        each.context.close()


@pytest.fixture
def clock(monkeypatch, settings) -> Callable[[datetime], None]:
    """Sets the time of the pages, which then runs on; the sealed room keeps the clock of the database."""
    settings.SESSION_COOKIE_AGE = 7 * 24 * 3600
    real, ahead = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + ahead[0])

    def set_to(at: datetime) -> None:
        ahead[0] = at - real()

    return set_to


def minute(at: datetime, site: StudySite) -> str:
    """A date and time as a browser's field holds it, on the study site's clock."""
    return at.astimezone(site.tz).strftime("%Y-%m-%dT%H:%M")


def now(site: StudySite) -> str:
    return minute(timezone.now(), site)
