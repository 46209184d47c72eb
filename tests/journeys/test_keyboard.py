"""The screening form filled without a mouse."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from enrollment.models import Screening
from tests.journeys import answers, steps
from tests.journeys.conftest import now
from tests.journeys.keyboard import Keyboard

pytestmark = pytest.mark.django_db(transaction=True)
MOST_KEYS_PER_FIELD = 6


def test_the_screening_form_needs_no_mouse(person, site, capsys) -> None:
    coordinator = person("coordinator")
    number, _ = steps.log_and_consent(coordinator, now(site))
    keyboard, values = Keyboard(coordinator.page), answers.man(site.date_of(datetime.now(UTC)))
    keyboard.fill(values, until="Save the screening form")
    expect(coordinator.page.locator("#verdict")).to_contain_text("Eligible by what is entered")
    keyboard.press("Enter")
    coordinator.sees("The screening form is saved.")
    saved = Screening.objects.get(subject__number=number)
    assert (str(saved.birth_date), saved.spo2_percent, saved.other_trial) == ("1957-03-18", 95, "none")
    with capsys.disabled():
        print(f"\nscreening form: {len(values)} fields, {keyboard.keys} keys without a mouse")  # noqa: T201
    assert keyboard.keys <= MOST_KEYS_PER_FIELD * len(values)
