"""One participant from first contact to the exported case report form, in real browsers."""

from datetime import UTC, datetime

import pytest

from randomization.models import AccessRecord
from tests.cast import ARMS
from tests.journeys import answers, steps
from tests.journeys.conftest import now

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_first_contact_to_the_end_of_the_infusion(person, site) -> None:
    today = site.date_of(datetime.now(UTC))
    coordinator, investigator = person("coordinator"), person("investigator")
    coordinator.look("home")
    number, consent = steps.log_and_consent(coordinator, site, now(site))
    steps.screen_and_watch_the_verdict(coordinator, number, answers.woman(today))
    steps.sign_eligibility(investigator, number)
    _randomization, kit = steps.reserve_and_randomize(coordinator, number)
    steps.order(investigator, number, today)
    pharmacist = person("pharmacist")
    looks = AccessRecord.objects.count()
    contents = steps.open_the_kit(pharmacist, number)
    assert any(arm in contents for arm in ARMS)
    assert AccessRecord.objects.count() == looks + 1
    steps.prepare(pharmacist, now(site))
    nurse = person("nurse")
    steps.vital_signs_before(nurse, number, now(site))
    steps.start(nurse, number, kit)
    steps.stop(nurse, site)
