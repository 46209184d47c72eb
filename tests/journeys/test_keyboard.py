"""The screening form of a prepared patient, filled without a mouse in less than three minutes."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from enrollment.models import Screening
from tests.journeys import answers, steps
from tests.journeys.conftest import now
from tests.journeys.keyboard import Keyboard

pytestmark = pytest.mark.django_db(transaction=True)
# The keystroke-level model of Card, Moran and Newell: a key of an average typist who is no secretary, and the
# thought before each answer.
KEY_SECONDS, THOUGHT_SECONDS = 0.28, 1.35
MOST_SECONDS = 180


def test_the_screening_form_needs_no_mouse_and_no_three_minutes(person, site, capsys) -> None:
    coordinator = person("coordinator")
    number, consent = steps.log_and_consent(coordinator, now(site))
    today = site.date_of(datetime.now(UTC))
    keyboard, values = Keyboard(coordinator.page, today), answers.man(consent["given_at"])
    keyboard.fill(values, until="Save the screening form")
    expect(coordinator.page.locator("#verdict")).to_contain_text("Eligible by what is entered")
    keyboard.press("Enter")
    coordinator.sees("The screening form is saved.")
    saved = Screening.objects.get(subject__number=number)
    assert {name: str(getattr(saved, name)) for name in ("birth_date", "imaging_date", "other_trial")} == {
        "birth_date": "1957-03-18",
        "imaging_date": today.isoformat(),
        "other_trial": "none",
    }
    assert not saved.subject.changes_after_verdict.exists()
    seconds = keyboard.keys * KEY_SECONDS + keyboard.decisions * THOUGHT_SECONDS
    with capsys.disabled():
        print(  # noqa: T201
            f"\nscreening form: {len(values)} fields, {keyboard.keys} keys, {keyboard.decisions} decisions"
            f" without a mouse: {seconds:.0f} s by the keystroke-level model"
        )
    assert seconds < MOST_SECONDS
