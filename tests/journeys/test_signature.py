"""Sign, change, sign again in a browser: the signature falls before everybody's eyes and is asked for once more."""

import pytest

from outcomes.actions import amend_visit_form
from outcomes.models import VitalSigns
from tests.cast import PASSWORD
from tests.story import participant_at

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_changed_record_is_signed_again(person, cast) -> None:
    subject, now = participant_at("followed")
    vitals = VitalSigns.objects.get(subject=subject, visit__code="D7")
    investigator = person("investigator")
    page = f"/participants/{subject.number}/sign/record/VS/{vitals.pk}/"
    investigator.open(page)
    investigator.look("first-signature-of-the-session")
    investigator.fill(password="not the password")
    sign(investigator)
    investigator.sees("This is not your password")
    investigator.fill(password=PASSWORD)
    sign(investigator)
    investigator.sees("Signed:")
    changed = {"heart_rate": vitals.heart_rate + 1}
    amend_visit_form(
        vitals,
        values=changed,
        version=vitals.version,
        reason="Typing error",
        by=cast.assessor.actor(now),
        at=now,
    )
    investigator.open(f"/participants/{subject.number}/")
    investigator.page.locator("summary", has_text="changed after signature").first.click()
    investigator.sees("The record changed after this signature.")
    investigator.open("/")
    investigator.look("asked-to-sign-again")
    investigator.open(page)
    assert investigator.page.locator('[name="email"]').count() == 0
    investigator.fill(password=PASSWORD)
    sign(investigator)
    investigator.sees("Signed:")


def sign(investigator) -> None:
    investigator.page.locator("main form button").click()
