"""Two people at the same participant or the same study site: one number each, one consent, one state."""

import pytest

from enrollment.models import Subject, SubjectState
from tests.clinic import consent, log, screened, sign
from tests.races.test_randomization import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_person_gets_a_number_of_their_own(cast):
    numbers = at_once([lambda: log(cast).number] * 6)
    assert sorted(numbers) == [f"01-00{n}" for n in range(1, 7)]


def test_consent_is_recorded_once(cast):
    subject = log(cast)
    results = at_once([lambda: consent(cast, Subject.objects.get(pk=subject.pk))] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Consent", "Refused"]


def test_two_signatures_leave_one_state(cast):
    subject = screened(cast)
    at_once([lambda: sign(cast, Subject.objects.get(pk=subject.pk))] * 2)
    assert Subject.objects.get().state == SubjectState.ELIGIBLE
