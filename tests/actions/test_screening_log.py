"""From the first line of the log to consent and to screening again, through the actions."""

from datetime import timedelta

import pytest

from enrollment import actions
from enrollment.models import (
    Consent,
    ConsentVersion,
    Subject,
    SubjectState,
    WithdrawalKind,
)
from enrollment.selectors import (
    consent_of,
    consents_due,
    screening_of,
    standing,
)
from tests.actions.test_enrollment import record, withdraw
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, consent, consented, eligible, log, screened
from trial_site.audit.action import attributed
from trial_site.casebook.selectors import work_of
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import StudySite

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SETUP = Actor.system("test setup")


class TestLog:
    def test_numbers_are_the_next_of_each_study_site(self, cast):
        second = StudySite.objects.get(code="02")
        numbers = [log(cast).number, log(cast).number, log(cast, site=second, by=cast.outsider).number]
        assert numbers == ["01-001", "01-002", "02-001"]

    def test_the_protocol_version_in_effect_on_that_day_is_kept(self, cast):
        subject = log(cast, on=TODAY - DAY)
        assert (subject.state, subject.protocol_version) == (SubjectState.IDENTIFIED, "1.0")

    @pytest.mark.parametrize("on", [TODAY + DAY, TODAY.replace(year=2020)])
    def test_a_day_outside_the_study_is_refused(self, cast, on):
        with pytest.raises(Refused) as refusal:
            log(cast, on=on)
        assert set(refusal.value.fields) == {"on"}

    def test_a_site_that_does_not_recruit_logs_nobody(self, cast):
        with attributed(SETUP, action="test"):
            StudySite.objects.filter(code="01").update(recruiting=False)
        with pytest.raises(Refused, match="does not recruit"):
            log(cast)

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_everyone_else_is_refused(self, cast, who):
        with pytest.raises(NotAllowed):
            log(cast, by=getattr(cast, who))


class TestConsent:
    def test_it_begins_the_screening(self, cast):
        subject = consented(cast)
        assert subject.state == SubjectState.CONSENTED
        assert standing(subject).consent_stands

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("given_at", lambda cast: NOW + timedelta(minutes=1)),
            ("given_at", lambda cast: NOW - DAY),
            ("obtained_by", lambda cast: cast.nurse.staff),
            ("obtained_by", lambda cast: cast.outsider.staff),
            ("copy_given", lambda cast: False),
            ("consent_version", lambda cast: ConsentVersion.objects.get(site__code="02")),
        ],
    )
    def test_what_cannot_be_true_is_refused_beside_its_field(self, cast, field, wrong):
        subject = log(cast)
        with pytest.raises(Refused) as refusal:
            consent(cast, subject, **{field: wrong(cast)})
        assert set(refusal.value.fields) == {field}
        assert not Consent.objects.exists()

    def test_a_superseded_version_is_refused_and_the_new_one_taken(self, cast):
        old = ConsentVersion.objects.get(site=cast.site)
        new = actions.approve_consent_version(cast.site, version="2.0", approved_on=TODAY, by=SETUP)
        subject = log(cast)
        with pytest.raises(Refused, match=r"1\.0"):
            consent(cast, subject, consent_version=old)
        assert consent(cast, subject, consent_version=new).consent_version == new

    def test_a_delegation_counts_at_the_time_of_consent_not_of_entry(self, cast):
        with attributed(SETUP, action="test"):
            cast.investigator.staff.delegations.update(ends_at=NOW - timedelta(hours=1))
        subject = log(cast)
        with pytest.raises(Refused, match="not delegated"):
            consent(cast, subject)
        consent(cast, subject, given_at=NOW - timedelta(hours=2))

    def test_who_declined_is_asked_nothing_more(self, cast):
        subject = log(cast)
        actions.record_declined(subject, by=cast.coordinator.actor(NOW))
        with pytest.raises(Refused, match="declined"):
            consent(cast, subject)

    @pytest.mark.parametrize(
        ("field", "given"),
        [
            ("obtained_at", {"obtained_at": NOW + timedelta(minutes=1)}),
            ("obtained_at", {"obtained_at": NOW - DAY}),
            ("witnessed_at", {"witness": "reading"}),
            ("witnessed_at", {"witnessed_at": NOW}),
            ("witnessed_at", {"witness": "reading", "witnessed_at": NOW + timedelta(minutes=1)}),
        ],
    )
    def test_the_times_of_both_and_of_a_witness_must_be_possible(self, cast, field, given):
        subject = log(cast)
        with pytest.raises(Refused) as refusal:
            consent(cast, subject, **given)
        assert field in refusal.value.fields

    def test_times_witness_and_contact_are_kept(self, cast):
        minutes = timedelta(minutes=1)
        given = {"given_at": NOW - 9 * minutes, "obtained_at": NOW - 8 * minutes}
        given |= {"witness": "reading", "witnessed_at": NOW - 7 * minutes, "future_contact": True}
        kept = consent(cast, log(cast), **given)
        assert {name: getattr(kept, name) for name in given} == given

    def test_a_new_version_asks_those_who_take_part_to_consent_again(self, cast):
        subject, _other = consented(cast), log(cast)
        new = actions.approve_consent_version(cast.site, version="2.0", approved_on=TODAY, by=SETUP)
        assert list(consents_due(Subject.objects.all(), at=NOW)) == [(subject, new)]
        assert list(consents_due(Subject.objects.all(), at=NOW - DAY)) == []
        [todo] = [one for one in work_of(cast.coordinator.actor(NOW), at=NOW) if "2.0" in one.sentence]
        assert todo.sentence == f"Obtain consent of {subject.number} to version 2.0 of the consent form"
        again = consent(cast, subject, consent_version=new, given_at=NOW - timedelta(minutes=1))
        assert list(consents_due(Subject.objects.all(), at=NOW)) == []
        assert (subject.state, consent_of(subject) == again) == (SubjectState.CONSENTED, False)
        with pytest.raises(Refused, match="already"):
            consent(cast, subject, consent_version=new)

    def test_who_withdrew_or_failed_is_not_asked_again(self, cast):
        subject = consented(cast)
        withdraw(cast, subject, WithdrawalKind.CONSENT)
        failed(cast)
        actions.approve_consent_version(cast.site, version="2.0", approved_on=TODAY, by=SETUP)
        assert list(consents_due(Subject.objects.all(), at=NOW)) == []


class TestScreeningAgain:
    def test_it_has_a_new_number_and_begins_with_consent(self, cast):
        first = failed(cast)
        again = rescreen(cast, first)
        assert (again.number, again.rescreen_of, again.state) == (
            "01-002",
            first,
            SubjectState.IDENTIFIED,
        )
        assert (screening_of(again), consent_of(again), again.assessments.count()) == (None, None, 0)
        with pytest.raises(Refused, match="identified"):
            record(cast, again)

    def test_the_protocol_says_how_often(self, cast):
        first = failed(cast)
        again = rescreen(cast, first)
        for subject in (first, again):
            with pytest.raises(Refused):
                rescreen(cast, subject)

    @pytest.mark.parametrize("state", [consented, screened, eligible])
    def test_only_after_a_failure(self, cast, state):
        with pytest.raises(Refused, match="not possible"):
            rescreen(cast, state(cast))

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_everyone_else_is_refused(self, cast, who):
        with pytest.raises(NotAllowed):
            rescreen(cast, failed(cast), by=getattr(cast, who))


def failed(cast) -> Subject:
    subject = screened(cast, respiratory_rate=32)
    reasons = {"IN01b1": "32 by the chart", "IN04b": "32 by the chart"}
    given = {"reasons": reasons, "password": cast.password}
    actions.record_screen_failure(subject, **given, by=cast.investigator.actor(NOW), at=NOW)
    return subject


def rescreen(cast, subject, *, by=None) -> Subject:
    return actions.log_rescreening(subject, on=TODAY, by=(by or cast.coordinator).actor(NOW), at=NOW)
