"""Days are the study site's, hours are hours: over a clock change, with the server in a third zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from enrollment import actions
from enrollment.models import Subject
from enrollment.rules import Outcome
from enrollment.selectors import consent_versions_for, current_verdict, facts_of, signed_eligibility
from tests.clinic import VALUES
from trial_site.audit.action import attributed
from trial_site.core.actors import Actor

pytestmark = pytest.mark.django_db
# In New York the clocks went forward on 8 March 2026, at 2:00.
CHANGE = date(2026, 3, 8)
ZONES = ("Asia/Shanghai", "America/New_York")
each_zone = pytest.mark.parametrize("zone", ZONES)


@pytest.fixture(autouse=True, params=["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def _server_elsewhere(request, settings) -> None:
    settings.TIME_ZONE = request.param


@pytest.fixture
def clinic(cast, zone):
    with attributed(Actor.system("test setup"), action="test"):
        cast.site.zone = zone
        cast.site.save()
    return cast


def at(zone: str, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def consented(clinic, when: datetime) -> Subject:
    seen = {"on": clinic.site.date_of(when), "by": clinic.coordinator.actor(when), "at": when}
    subject = actions.log_person_seen(clinic.site, **seen)
    actions.record_consent(
        subject,
        consent_version=consent_versions_for(clinic.site, on=clinic.site.date_of(when)).get(),
        given_at=when,
        obtained_by=clinic.investigator.staff,
        copy_given=True,
        by=clinic.coordinator.actor(when),
        at=when,
    )
    return subject


def screened(clinic, when: datetime, **changes) -> Subject:
    subject, today = consented(clinic, when), clinic.site.date_of(when)
    clock = when.astimezone(clinic.site.tz).time()
    of_today = dict.fromkeys(("vital_signs_date", "imaging_date"), today)
    of_today |= dict.fromkeys(("vital_signs_time", "imaging_time"), clock)
    ill = {"symptom_onset_date": today - timedelta(days=11), "pcr_sample_date": today - timedelta(days=9)}
    values = VALUES | of_today | ill | changes
    actions.record_screening(subject, values=values, by=clinic.coordinator.actor(when), at=when)
    return subject


def outcome(subject: Subject, code: str, when: datetime) -> Outcome:
    verdict = current_verdict(subject, subject.site.date_of(when))
    return next(leaf.outcome for leaf in verdict.leaves if leaf.code == code)


@each_zone
@pytest.mark.parametrize(
    ("day", "hour", "minute", "expected"),
    [
        (CHANGE - timedelta(days=1), 23, 59, Outcome.MET),
        (CHANGE, 0, 1, Outcome.NOT_MET),
        (CHANGE, 12, 0, Outcome.NOT_MET),
    ],
)
def test_somebody_is_85_until_the_midnight_of_the_site(clinic, zone, day, hour, minute, expected):
    when = at(zone, day, hour, minute)
    subject = screened(clinic, when, birth_date=CHANGE.replace(year=1940))
    assert facts_of(subject).consent_date == day
    assert outcome(subject, "IN01a", when) is expected


@each_zone
def test_the_window_opens_and_closes_at_the_midnight_of_the_site(clinic, zone):
    day_10 = CHANGE - timedelta(days=2)
    onset = day_10 - timedelta(days=10)
    seen = at(zone, day_10 - timedelta(days=3), 10)
    subject = screened(clinic, seen, symptom_onset_date=onset, pcr_sample_date=onset + timedelta(days=1))
    day_15 = onset + timedelta(days=15)
    moments = [
        (at(zone, day_10 - timedelta(days=1), 23, 59), Outcome.NOT_YET),
        (at(zone, day_10, 0, 1), Outcome.MET),
        (at(zone, CHANGE, 3, 30), Outcome.MET),
        (at(zone, day_15, 23, 59), Outcome.MET),
        (at(zone, day_15 + timedelta(days=1), 0, 1), Outcome.NOT_MET),
    ]
    assert [outcome(subject, "WINDOW", when) for when, _ in moments] == [expected for _, expected in moments]


@each_zone
def test_a_signature_is_valid_for_24_hours_whatever_the_clocks_do(clinic, zone):
    noon = at(zone, CHANGE - timedelta(days=1), 12)
    subject = screened(clinic, noon)
    signing = {"password": clinic.password, "by": clinic.investigator.actor(noon), "at": noon}
    actions.sign_eligibility(subject, **signing)
    assert signed_eligibility(subject, at=noon + timedelta(hours=24))
    assert signed_eligibility(subject, at=noon + timedelta(hours=24, minutes=1)) is None


@each_zone
def test_yesterdays_ct_of_the_site_is_routine_care(clinic, zone):
    """A minute after midnight at the site, whatever the date is where the server stands."""
    midnight = at(zone, CHANGE, 0, 1)
    subject, yesterday = consented(clinic, midnight), CHANGE - timedelta(days=1)
    wrong = actions.screening.impossible(subject, {"imaging_date": yesterday}, at=midnight)
    assert set(wrong) == {"imaging_date"}
    done = {"imaging_date": CHANGE, "imaging_time": time(0, 1)}
    assert not actions.screening.impossible(subject, done, at=midnight)
