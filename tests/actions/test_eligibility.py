"""The signed verdict, and the signed screen failure with its reasons."""

import json
from datetime import timedelta

import pytest

from enrollment import actions
from enrollment.actions.eligibility import signed_content
from enrollment.models import EligibilityAssessment, Subject, SubjectState
from enrollment.rules import assess, read_facts, verdict_as_json
from enrollment.selectors import current_verdict, facts_of, protocol_of, signed_eligibility
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, eligible, screened, sign
from trial_site.casebook.selectors import work_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import Signature

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class TestEligibility:
    def test_the_signature_keeps_facts_and_verdict_so_that_anyone_can_replay_them(self, cast):
        subject = eligible(cast)
        assessment = EligibilityAssessment.objects.get()
        facts = read_facts(json.dumps(assessment.facts))
        assert facts == facts_of(subject)
        assert verdict_as_json(assess(facts, protocol_of(subject), TODAY)) == assessment.verdict
        signature = Signature.objects.get(form="EL", record_id=assessment.pk)
        assert signature.signer == cast.investigator.staff
        assert signature.covers(signed_content(assessment))

    @pytest.mark.parametrize(
        ("changes", "outcome"),
        [
            ({"respiratory_rate": 30}, "not_met"),
            ({"spo2_percent": None}, "cannot_determine"),
            ({"symptom_onset_date": TODAY - 16 * DAY, "pcr_sample_date": TODAY - 15 * DAY}, "not_met"),
        ],
    )
    def test_only_what_is_met_can_be_signed(self, cast, changes, outcome):
        subject = screened(cast, **changes)
        assert current_verdict(subject, TODAY).outcome.code == outcome
        with pytest.raises(Refused, match="Not every criterion"):
            sign(cast, subject)

    def test_a_window_that_opens_later_is_no_failure(self, cast):
        subject = eligible(cast, symptom_onset_date=TODAY - 9 * DAY)
        assert current_verdict(subject, TODAY).outcome.code == "not_yet"
        assert signed_eligibility(subject, at=NOW)

    def test_a_wrong_password_writes_nothing(self, cast):
        subject = screened(cast)
        with pytest.raises(Refused) as refusal:
            sign(cast, subject, password="a guess")
        assert set(refusal.value.fields) == {"password"}
        assert not EligibilityAssessment.objects.exists()
        assert Subject.objects.get().state == SubjectState.CONSENTED

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"investigator", "principal"}))
    def test_nobody_but_an_investigator_signs(self, cast, who):
        with pytest.raises(NotAllowed):
            sign(cast, screened(cast), by=getattr(cast, who))

    @pytest.mark.parametrize(("later", "holds"), [(23, True), (24, True), (25, False)])
    def test_it_is_valid_for_24_hours(self, cast, later, holds):
        subject = eligible(cast)
        assert bool(signed_eligibility(subject, at=NOW + timedelta(hours=later))) is holds

    def test_it_lapses_before_that_when_it_is_no_longer_true(self, cast):
        subject = eligible(cast, imaging_date=TODAY - 3 * DAY, sources={"imaging_date": "routine_care"})
        assert signed_eligibility(subject, at=NOW + timedelta(hours=11))
        assert signed_eligibility(subject, at=NOW + timedelta(hours=13)) is None

    def test_it_lapses_with_a_pregnancy_test_past_its_limit(self, cast):
        woman = {"sex": "female", "childbearing_potential": "yes", "pregnant": "no", "lactating": "no"}
        tested = {"pregnancy_test_result": "negative", "pregnancy_test_date": TODAY - 3 * DAY}
        sources = {"pregnancy_test_date": "routine_care"}
        subject = eligible(cast, **woman, **tested, recent_delivery="no", sources=sources)
        assert signed_eligibility(subject, at=NOW + timedelta(hours=11))
        assert signed_eligibility(subject, at=NOW + timedelta(hours=13)) is None

    @pytest.mark.parametrize(("days_old", "signed"), [(0, True), (1, True), (2, False)])
    def test_severity_is_signed_on_vital_signs_of_the_last_day(self, cast, days_old, signed):
        measured = {"vital_signs_date": TODAY - days_old * DAY}
        subject = screened(cast, **measured, sources={"vital_signs_date": "routine_care"})
        if signed:
            assert sign(cast, subject)
        else:
            with pytest.raises(Refused, match="Vital signs must be measured again"):
                sign(cast, subject)

    def test_signing_again_renews_it(self, cast):
        subject = eligible(cast)
        sign(cast, subject, at=NOW + timedelta(hours=23))
        assert signed_eligibility(subject, at=NOW + timedelta(hours=40))


class TestScreenFailure:
    FLAWS = {"respiratory_rate": 32, "tumour": "malignant", "culture_result": "", "shock": ""}

    def test_one_reason_for_each_failed_criterion(self, cast):
        subject = screened(cast, **self.FLAWS)
        reasons = {code: f"because of {code}" for code in ("IN01b1", "IN04b", "EX01")}
        assessment = fail(cast, subject, reasons)
        assert (assessment.decision, assessment.failed_criteria) == ("screen_failure", reasons)
        assert subject.state == SubjectState.SCREEN_FAILED

    @pytest.mark.parametrize(
        "reasons",
        [
            {},
            {"IN01b1": "severe", "IN04b": "severe"},
            {"IN01b1": "severe", "IN04b": "severe", "EX01": "  "},
            {"IN01b1": "severe", "IN04b": "severe", "EX01": "tumour", "EX02": "a met criterion"},
        ],
    )
    def test_too_few_reasons_or_others_are_refused(self, cast, reasons):
        subject = screened(cast, **self.FLAWS)
        with pytest.raises(Refused):
            fail(cast, subject, reasons)
        assert not EligibilityAssessment.objects.exists()

    def test_what_will_never_be_determined_can_be_the_reason(self, cast):
        subject = screened(cast, spo2_percent=None)
        fail(cast, subject, {"IN04c": "the oximeter is broken"})
        assert subject.state == SubjectState.SCREEN_FAILED

    def test_whose_window_closed_fails_for_that_reason_and_the_investigator_is_told(self, cast):
        subject, later = eligible(cast), NOW + 5 * DAY
        sentence = f"Record the screen failure of {subject.number}: the infusion window has closed"
        investigator = cast.investigator
        for at, told in ((NOW + 4 * DAY, False), (later, True)):
            assert (sentence in [one.sentence for one in work_of(investigator.actor(at), at=at)]) is told
        reasons = {"WINDOW": "Day 15 passed before a bed was free"}
        reasons |= dict.fromkeys(("IN04d",), "CT is older than 72 hours")
        given = {"reasons": reasons, "password": cast.password}
        actions.record_screen_failure(subject, **given, by=investigator.actor(later), at=later)
        assert subject.state == SubjectState.SCREEN_FAILED

    def test_an_eligible_participant_does_not_fail(self, cast):
        with pytest.raises(Refused):
            fail(cast, screened(cast), {"EX08": "I do not like it"})


def fail(cast, subject, reasons) -> EligibilityAssessment:
    return actions.record_screen_failure(
        subject, reasons=reasons, password=cast.password, by=cast.investigator.actor(NOW), at=NOW
    )
