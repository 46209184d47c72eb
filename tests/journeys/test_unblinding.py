"""The end of the blind in a browser: from the lock, two people at one desk, to the table of treatments."""

import pytest
from django.utils import timezone

from tests.cast import ARMS, PASSWORD
from tests.story import participant_at
from trial_site.monitoring.actions import place_lock

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_unblind_the_study(person, cast) -> None:
    subject, _now = participant_at("randomized")
    place_lock(None, by=cast.data_manager.actor(), at=timezone.now())
    statistician = person("statistician")
    statistician.open("/lock/")
    statistician.look("lock-in-force")
    statistician.follow("Final unblinding")
    statistician.look("unblind-the-study")
    pair = {"second_person": str(cast.principal.staff.pk), "second_password": PASSWORD}
    statistician.fill(password=PASSWORD, **pair)
    statistician.press("Unblind the study")
    statistician.sees("unblinded by", cast.principal.staff.full_name)
    statistician.look("unblinded")
    statistician.fill(why="The analysis of the protocol")
    assert statistician.download("Download as CSV").suggested_filename.startswith("unblinded_")
    statistician.press("Show the treatments")
    statistician.sees(subject.number)
    assert any(arm in statistician.page.inner_text("main") for arm in ARMS)
    statistician.look("treatment-of-every-participant")
    statistician.open("/unblinded/study/")
    statistician.follow("Unblinded export of all forms")
    statistician.look("unblinded-export")
    statistician.fill(format="dataset-json", why="The analysis of the protocol")
    assert "-unblinded_" in statistician.download("Export unblinded").suggested_filename
