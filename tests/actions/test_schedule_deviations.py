"""What departs from the schedule is noticed by the system, once for each cause, and told to no assessor."""

from datetime import timedelta

import pytest

from enrollment.actions import record_ending
from outcomes.actions import correct_visit_date, report_serious_event
from outcomes.actions.deviations import raise_schedule_deviations
from outcomes.models import Visit
from tests.actions.test_forms import day
from tests.followed import DAY
from trial_site.core.actors import Actor
from trial_site.monitoring.models import Deviation
from trial_site.monitoring.selectors import deviations_for

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def look(followed, later=timedelta()):
    raise_schedule_deviations(by=Actor.system("schedule"), at=followed.now + later)


def raised(kind):
    found = Deviation.objects.filter(kind=kind).order_by("id")
    return [(one.text, one.occurred_on) for one in found]


class TestWindow:
    def test_a_visit_in_its_window_is_none(self, followed):
        followed.record(on=followed.day(6))
        assert raised("window") == []

    def test_a_visit_outside_its_window_is_one_however_often_its_forms_are_saved(self, followed):
        record = followed.record(on=followed.day(4))
        followed.record("CP", on=followed.day(4))
        followed.amend(record, heart_rate=90)
        assert raised("window") == [("The visit took place outside its window: Day 7.", followed.day(4))]

    def test_a_date_corrected_to_outside_is_one(self, followed):
        followed.record()
        for number in (4, 3):
            given = {"reason": "Wrong day", "by": followed.coordinator, "at": followed.now}
            correct_visit_date(Visit.objects.get(), took_place_on=followed.day(number), **given)
        assert [on for _text, on in raised("window")] == [followed.day(4)]

    def test_the_blinded_assessor_reads_no_deviation(self, followed):
        followed.record(on=followed.day(4))
        assert deviations_for(followed.coordinator).count() == 1
        assert not deviations_for(followed.assessor).exists()


class TestMissed:
    def days(self, followed):
        for number in range(8):
            day(followed, number)

    def test_a_visit_is_missed_a_week_after_its_window(self, followed):
        self.days(followed)
        look(followed)
        assert raised("missed") == []  # day 0 closed seven days ago
        look(followed, DAY)
        look(followed, DAY)
        assert raised("missed") == [("The visit did not take place: Day 0, infusion.", followed.day(0))]

    def test_forms_that_are_missing_at_a_visit_are_one(self, followed):
        self.days(followed)
        followed.record(on=followed.day(7))
        look(followed, 8 * DAY)
        assert not [text for text, _on in raised("missed") if "Day 7" in text]
        look(followed, 9 * DAY)  # a week after day 8, the last of the window
        [(text, on)] = [one for one in raised("missed") if "Day 7" in one[0]]
        assert on == followed.day(7)
        assert "SARS-CoV-2 PCR" in text
        assert "Vital signs" not in text

    def test_a_day_without_a_status_is_one(self, followed):
        day(followed, 0)
        look(followed, 2 * DAY)
        assert [on for text, on in raised("missed") if "status of a day" in text] == [followed.day(1)]

    def test_nothing_is_missed_after_a_death(self, followed):
        self.days(followed)
        given = {"on": followed.day(0), "explanation": "Ward round", "at": followed.now}
        record_ending(followed.subject, kind="death", by=followed.investigator, **given)
        look(followed, 60 * DAY)
        assert raised("missed") == []


class TestLateReport:
    def event(self, followed):
        criteria = {"grade": 3, "serious": True, "hospitalisation": True, "aware_at": followed.now - HOUR}
        return followed.event(**criteria)

    def test_a_serious_event_without_a_report_is_one_after_a_day(self, followed):
        self.event(followed)
        look(followed, 23 * HOUR - timedelta(minutes=1))
        assert raised("safety") == []
        look(followed, 24 * HOUR)
        assert len(raised("safety")) == 1

    def test_the_report_that_comes_at_last_is_no_second_one(self, followed):
        event, late = self.event(followed), followed.now + 30 * HOUR
        look(followed, 25 * HOUR)
        by = followed.cast.coordinator.actor(late)
        report_serious_event(event, narrative="In hospital.", by=by, at=late)
        assert len(raised("safety")) == 1
