"""Log, consent, screening form, plan and withdrawal, through the actions; what must not happen is refused."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from enrollment import actions
from enrollment.models import (
    Consent,
    ConsentVersion,
    Screening,
    Subject,
    SubjectState,
    Withdrawal,
    WithdrawalKind,
)
from enrollment.selectors import (
    consent_of,
    consents_due,
    current_verdict,
    facts_of,
    infusion_window,
    screening_of,
    standing,
    subjects_for,
)
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, VALUES, consent, consented, eligible, log, screened
from tests.story import participant_at
from trial_site.audit.action import attributed
from trial_site.audit.models import Event
from trial_site.casebook.selectors import work_of
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.core.models import StudySite
from trial_site.monitoring.models import Query

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


class TestScreening:
    def test_the_verdict_follows_from_what_is_saved(self, cast):
        subject = screened(cast)
        assert current_verdict(subject, TODAY).overall == "eligible"
        assert infusion_window(subject) == (TODAY - DAY, TODAY + 4 * DAY)

    def test_it_needs_consent_and_is_saved_once(self, cast):
        for subject, why in [(log(cast), "identified"), (screened(cast), "meanwhile")]:
            with pytest.raises(Refused, match=why):
                record(cast, subject)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("birth_date", TODAY + DAY),
            ("height_cm", Decimal("17.5")),
            ("weight_kg", Decimal(700)),
            ("respiratory_rate", 200),
            ("spo2_percent", 101),
            ("highest_temperature_c", Decimal("50.1")),
            ("imaging_date", TODAY - DAY),
            ("vital_signs_date", TODAY - DAY),
        ],
    )
    def test_the_impossible_is_refused_beside_its_field(self, cast, field, value):
        subject = consented(cast)
        with pytest.raises(Refused) as refusal:
            record(cast, subject, **{field: value})
        assert set(refusal.value.fields) == {field}
        assert screening_of(subject) is None

    @pytest.mark.parametrize(
        ("done_at", "source", "refused"),
        [
            (None, "chart", True),
            (time(11, 29), "chart", True),
            (time(11, 30), "chart", False),
            (time(12), "laboratory", False),
            (time(12, 1), "chart", True),
            (None, "routine_care", False),
            (time(11, 29), "routine_care", False),
        ],
    )
    def test_on_the_day_of_consent_the_minute_decides(self, cast, done_at, source, refused):
        subject = consented(cast)
        done = {"imaging_time": done_at, "sources": {"imaging_date": source}}
        if not refused:
            record(cast, subject, **done)
            return
        with pytest.raises(Refused) as refusal:
            record(cast, subject, **done)
        assert set(refusal.value.fields) == {"imaging_time"}

    def test_routine_care_may_be_earlier_than_consent(self, cast):
        sources = {"imaging_date": "routine_care"}
        subject = screened(cast, imaging_date=TODAY - DAY, sources=sources)
        [imaging] = [leaf for leaf in current_verdict(subject, TODAY).leaves if leaf.code == "IN04d"]
        assert (imaging.outcome.code, imaging.dated) == ("met", TODAY - DAY)

    def test_a_confirmed_doubt_leaves_a_query(self, cast):
        subject = consented(cast)
        record(cast, subject, concerns=[Concern("weight_kg", "170 is unusual")])
        query = Query.objects.get()
        assert (query.form, query.field, query.subject) == ("SC", "weight_kg", subject.number)

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_everyone_else_is_refused(self, cast, who):
        subject = consented(cast)
        with pytest.raises(NotAllowed):
            record(cast, subject, by=getattr(cast, who))


class TestAmendment:
    def test_the_query_of_a_check_closes_with_the_correction(self, cast):
        subject = consented(cast)
        screening = record(cast, subject, concerns=[Concern("weight_kg", "170 is unusual")])
        amend(cast, screening, {"spo2_percent": 96}, reason="read again")
        assert Query.objects.get().state == "open"
        amend(cast, screening, {"weight_kg": Decimal("70.0")}, reason="read the scale wrong")
        assert Query.objects.get().state == "closed"

    def test_a_saved_value_changes_with_a_reason_kept_in_history(self, cast):
        screening = screened(cast).screening
        assert amend(cast, screening, {"weight_kg": Decimal("71.5")}, reason="read the scale wrong") == [
            "weight_kg"
        ]
        event = Event.objects.filter(table="enrollment_screening", operation="U").get()
        assert (event.reason, event.role, event.old["weight_kg"]) == (
            "read the scale wrong",
            "coordinator",
            70.5,
        )

    def test_without_a_reason_nothing_changes(self, cast):
        screening = screened(cast).screening
        with pytest.raises(Refused) as refusal:
            amend(cast, screening, {"weight_kg": Decimal("71.5")}, reason=" ")
        assert set(refusal.value.fields) == {"reason"}
        screening.refresh_from_db()
        assert screening.weight_kg == Decimal("70.5")

    def test_a_stale_form_overwrites_nothing(self, cast):
        screening = screened(cast).screening
        amend(cast, screening, {"weight_kg": Decimal("71.5")})
        with pytest.raises(StaleRecord):
            amend(cast, screening, {"weight_kg": Decimal("60.0")}, version=1)


class TestWithdrawal:
    @pytest.mark.parametrize(
        ("kind", "state", "consent_stands", "treatment_stands"),
        [
            (WithdrawalKind.CONSENT, SubjectState.WITHDRAWN, False, False),
            (WithdrawalKind.DATA_USE, SubjectState.ELIGIBLE, True, False),
        ],
    )
    def test_consent_and_use_of_data_are_different_things(
        self, cast, kind, state, consent_stands, treatment_stands
    ):
        subject = eligible(cast)
        withdraw(cast, subject, kind)
        stands = standing(subject)
        assert (subject.state, stands.consent_stands, stands.treatment_stands) == (
            state,
            consent_stands,
            treatment_stands,
        )

    @pytest.mark.django_db(transaction=True)
    def test_who_discontinues_treatment_stays_in_follow_up(self, cast):
        subject, now = participant_at("randomized")
        withdraw(cast, subject, WithdrawalKind.TREATMENT, at=now)
        stands = standing(subject)
        assert (stands.consent_stands, stands.treatment_stands, stands.may_contact) == (True, False, True)

    @pytest.mark.parametrize(
        ("kind", "on"),
        [
            (WithdrawalKind.CONSENT, TODAY + DAY),
            (WithdrawalKind.CONSENT, TODAY - DAY),
            (WithdrawalKind.TREATMENT, TODAY),
        ],
    )
    def test_what_cannot_be_is_refused(self, cast, kind, on):
        subject = eligible(cast)
        with pytest.raises(Refused):
            withdraw(cast, subject, kind, on=on)
        assert not Withdrawal.objects.exists()

    def test_once_of_each_kind(self, cast):
        subject = eligible(cast)
        withdraw(cast, subject, WithdrawalKind.DATA_USE)
        with pytest.raises(Refused, match="already"):
            withdraw(cast, subject, WithdrawalKind.DATA_USE)


class TestPlan:
    def test_an_infusion_is_planned_inside_the_window_and_given_up(self, cast):
        subject, by = eligible(cast), cast.coordinator.actor(NOW)
        actions.plan_infusion(subject, starts_at=NOW + DAY, by=by)
        assert facts_of(subject).planned_infusion_date == TODAY + DAY
        actions.plan_infusion(subject, starts_at=None, by=by)
        assert facts_of(subject).planned_infusion_date is None

    def test_outside_the_window_it_is_refused(self, cast):
        with pytest.raises(Refused, match="window"):
            actions.plan_infusion(eligible(cast), starts_at=NOW + 5 * DAY, by=cast.coordinator.actor(NOW))


class TestWhoSeesWhom:
    def test_staff_see_the_participants_of_their_own_site_only(self, cast):
        subject = log(cast)
        for who in ("coordinator", "nurse", "pharmacist", "principal", "monitor", "data_manager"):
            assert subject in subjects_for(getattr(cast, who).actor(NOW))
        for who in ("outsider", "administrator"):
            assert subject not in subjects_for(getattr(cast, who).actor(NOW))


def record(cast, subject, *, by=None, concerns=(), **changes) -> Screening:
    by = (by or cast.coordinator).actor(NOW)
    return actions.record_screening(subject, values=VALUES | changes, concerns=concerns, by=by, at=NOW)


def amend(cast, screening, values, *, version=None, reason="read again", at=NOW) -> list[str]:
    return actions.amend_screening(
        screening,
        values=values,
        version=version or screening.version,
        reason=reason,
        by=cast.coordinator.actor(at),
        at=at,
    )


def withdraw(cast, subject, kind, *, on=None, at=NOW) -> Withdrawal:
    on = on or subject.site.date_of(at)
    return actions.record_withdrawal(subject, kind=kind, on=on, by=cast.coordinator.actor(at), at=at)
