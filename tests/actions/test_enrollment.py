"""Log, consent, screening form, plan and withdrawal, through the actions; what must not happen is refused."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from enrollment import actions
from enrollment.models import (
    Screening,
    SubjectState,
    Withdrawal,
    WithdrawalKind,
)
from enrollment.selectors import (
    current_verdict,
    facts_of,
    infusion_window,
    screening_of,
    standing,
    subjects_for,
)
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, VALUES, consented, eligible, log, screened
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


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
