"""A person at a browser. Whatever is wrong with a page they look at is noted, and fails the test at its end."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, ConsoleMessage, Download, Locator, Page, ViewportSize, expect

from tests.cast import LOGINS, PASSWORD

WIDTH, HEIGHT, PHONE = 1280, 900, {"width": 360, "height": 740}
START_PAGE = "To do"
UNBLINDED = "/unblinded/"
REPORT_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
    event => console.error("CSP", event.violatedDirective, event.blockedURI));"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter(one => document.documentElement.scrollWidth > innerWidth
        && one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.tagName + "." + one.className).slice(0, 5)"""
# Axe leaves empty style attributes behind, which htmx would copy and the page's policy refuse.
TIDY_AFTER_AXE = (
    """() => document.querySelectorAll('[style=""]').forEach(one => one.removeAttribute("style"))"""
)
AXE = Axe()


@dataclass
class Watch:
    """What all pages of a test have in common: problems seen, and whether and where pictures are kept."""

    folder: Path
    keeps_pictures: bool
    problems: list[str] = field(default_factory=list)
    pictures: int = 0

    def note(self, page: str, *problems: str) -> None:
        self.problems += [f"{page}: {problem}" for problem in problems]

    def picture(self, page: Page, name: str, *, full_page: bool = True) -> None:
        if self.keeps_pictures:
            page.screenshot(path=self.folder / f"{name}.png", full_page=full_page)

    def heard(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 422, which the browser's console reports as a failed load.
        if message.type in ("error", "warning") and "422" not in message.text:
            self.note(urlsplit(message.page.url).path if message.page else "", message.text)

    def answered(self, path: str, response: HttpResponseBase) -> None:
        if response.status_code >= 500:
            self.note(path, f"answered {response.status_code}")
        if UNBLINDED not in path and b"CANARY" in getattr(response, "content", b""):
            self.note(path, "tells an arm")


class Person:
    """A browser of their own, signed in."""

    def __init__(self, browser: Browser, address: str, name: str, watch: Watch) -> None:
        self.name, self.email, self.watch = name, f"{LOGINS[name]}@demo.example", watch
        self.size: ViewportSize = {"width": WIDTH, "height": HEIGHT}
        self.context = browser.new_context(
            base_url=address,
            viewport=self.size,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(8_000)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.context.on("console", watch.heard)
        self.context.on("weberror", lambda error: watch.note(self.path, str(error.error)))
        self.page: Page = self.context.new_page()
        self._sign_in()

    def _sign_in(self) -> None:
        self.open("/accounts/login/")
        self.fill(login=self.email, password=PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(START_PAGE)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def hold_a_tablet(self) -> None:
        self.size = {"width": 820, "height": 1180}
        self.page.set_viewport_size(self.size)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def follow(self, text: str) -> None:
        """Click the link that says `text`."""
        self.page.get_by_role("link", name=text).first.click()

    def do(self, text: str, number: str) -> None:
        """Take up what waits on the start page for this participant."""
        self.open("/")
        waiting = self.page.get_by_role("main").get_by_role("link", name=text)
        waiting.filter(has_text=number).first.click()

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=text).first.click()

    def fill(self, form: str = "", **values: str | bool) -> None:
        """Enter values by field name; `form` is the id of the section, where a page has several forms."""
        for name, value in values.items():
            enter(self.page.locator(f'{form and f"#{form} "}[name="{name}"]'), value)
            if name == "password":
                self._say_who_signs(form)

    def _say_who_signs(self, form: str) -> None:
        """The first signature of a session asks for the address beside the password."""
        address = self.page.locator(f'{form and f"#{form} "}[name="email"]')
        if address.count():
            address.first.fill(self.email)

    def confirm(self, *fields: str) -> None:
        """Say of each doubtful value that it is correct."""
        for name in fields:
            self.page.locator(f'[name="confirm"][value="{name}"]').check()

    def download(self, button: str) -> Download:
        with self.page.expect_download() as download:
            self.press(button)
        return download.value

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)

    def fact(self, label: str) -> str:
        """The value beside a label in a list of facts."""
        term = self.page.locator("dt", has_text=label).first
        return term.locator("xpath=following-sibling::dd[1]").inner_text()

    def show(self, picture: str) -> None:
        """Keep what is on the screen, for docs/screenshots."""
        self.watch.picture(self.page, picture, full_page=False)

    def look(self, picture: str) -> None:
        """Keep a picture of this page, and note what is wrong with it for eyes, phones and screen readers."""
        self.watch.pictures += 1
        name = f"{self.watch.pictures:02}-{picture}"
        self.watch.picture(self.page, name)
        self.watch.note(name, *violations(self.page), *too_wide(self.page, self.size))


def enter(control: Locator, value: str | bool) -> None:
    match control.first.evaluate("one => one.type"):
        case "radio":
            control.and_(control.page.locator(f'[value="{value}"]')).check()
        case "checkbox":
            control.set_checked(bool(value))
        case "select-one":
            control.select_option(str(value))
        case _:
            control.fill(str(value))


def violations(page: Page) -> list[str]:
    found = AXE.run(page).response["violations"]
    page.evaluate(TIDY_AFTER_AXE)
    return [f"axe {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def too_wide(page: Page, size: ViewportSize) -> list[str]:
    page.set_viewport_size(PHONE)
    overflowing = page.evaluate(TOO_WIDE)
    page.set_viewport_size(size)
    return [f"wider than a phone: {overflowing}"] if overflowing else []
