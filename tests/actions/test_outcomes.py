"""Recording and amending visits and adverse events: who may, what is refused, which queries open and close."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enrollment.actions import record_withdrawal
from outcomes.actions import (
    amend_adverse_event,
    correct_visit_date,
)
from outcomes.models import AdverseEvent, ClinicalProgression, Visit, VitalSigns
from outcomes.selectors import follow_up_ended_on, planned_visits, unjudged_events
from tests.followed import DAY, Followed
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.monitoring.models import Query

pytestmark = pytest.mark.django_db(transaction=True)


def queries(**which):
    return list(Query.objects.filter(origin="check", **which).values_list("form", "field", "state"))


class TestRecording:
    def test_the_first_form_makes_the_visit_and_the_others_share_it(self, followed):
        signs, score, laboratory = (followed.record(form) for form in ("VS", "CP", "LB"))
        visit = Visit.objects.get()
        assert {signs.visit, score.visit, laboratory.visit} == {visit}
        assert (visit.code, visit.took_place_on, visit.study_day) == ("D7", followed.day(7), 7)
        assert visit.randomization_day in (7, 8)
        assert score.scale == "WHO CPS 2020"

    def test_a_recorded_visit_is_done(self, followed):
        followed.record()
        plan = {v.code: v for v in planned_visits(followed.subject, on=followed.day(7))}
        assert (plan["D7"].status, plan["D7"].took_place_on) == ("done", followed.day(7))
        assert (plan["D3"].status, plan["D10"].status) == ("late", "expected")

    def test_who_did_it_is_in_the_history(self, followed):
        record = followed.record()
        event = Event.objects.get(table=VitalSigns._meta.db_table, record_id=record.pk)
        assert (event.action, event.role) == ("outcomes.record_visit_form", "assessor")
        assert event.subject_id == followed.subject.pk

    @pytest.mark.parametrize(
        ("form", "who"),
        [
            ("VS", "coordinator"),
            ("CP", "coordinator"),
            ("VS", "investigator"),
            ("LB", "assessor"),
            ("LB", "investigator"),
            ("VS", "monitor"),
            ("LB", "outsider"),
        ],
    )
    def test_each_form_belongs_to_one_role_at_its_site(self, followed, form, who):
        with pytest.raises(NotAllowed):
            followed.record(form, by=getattr(followed.cast, who).actor(followed.now))
        assert not Visit.objects.exists()

    def test_a_form_is_recorded_once(self, followed):
        followed.record()
        with pytest.raises(Refused, match="recorded already"):
            followed.record()

    def test_two_dates_for_one_visit_are_refused_beside_the_date(self, followed):
        followed.record("LB")
        with pytest.raises(Refused) as refusal:
            followed.record("VS", on=followed.day(6))
        assert set(refusal.value.fields) == {"took_place_on"}

    @pytest.mark.parametrize("code", ["SCR", "UNS.2", "UNS.x", "D99"])
    def test_a_visit_that_is_not_planned_is_refused(self, followed, code):
        with pytest.raises(Refused, match="plans no such form"):
            followed.record(code=code)

    def test_a_date_outside_the_window_is_accepted(self, followed):
        followed.record(on=followed.day(4), measured_at=followed.now - 3 * DAY)
        assert Visit.objects.get().study_day == 4

    @pytest.mark.parametrize("number", [-2, 8])
    def test_a_date_that_cannot_be_is_refused(self, followed, number):
        with pytest.raises(Refused) as refusal:
            followed.record(on=followed.day(number))
        assert set(refusal.value.fields) == {"took_place_on"}

    @pytest.mark.parametrize(
        ("form", "values", "field"),
        [
            ("VS", {"spo2_percent": 101}, "spo2_percent"),
            ("VS", {"temperature_c": Decimal("50.0")}, "temperature_c"),
            ("VS", {"diastolic_mmhg": 130}, "diastolic_mmhg"),
            ("VS", {"oxygen_flow_l_min": Decimal(3)}, "oxygen_flow_l_min"),
            ("LB", {"wbc_10e9_l": Decimal(2), "lymphocytes_10e9_l": Decimal(3)}, "lymphocytes_10e9_l"),
            ("LB", {"crp_mg_l": Decimal(-1)}, "crp_mg_l"),
        ],
    )
    def test_the_physically_impossible_is_refused_beside_the_field(self, followed, form, values, field):
        with pytest.raises(Refused) as refusal:
            followed.record(form, **values)
        assert list(refusal.value.fields) == [field]

    def test_the_database_refuses_the_impossible_too(self, followed):
        record = followed.record()
        with pytest.raises(IntegrityError), transaction.atomic():
            VitalSigns.objects.filter(pk=record.pk).update(spo2_percent=101)

    def test_nothing_is_recorded_before_randomization(self, cast):
        subject, now = participant_at("planned")
        early = Followed(subject, subject.site.date_of(now), now, cast)
        with pytest.raises(Refused):
            early.record(on=subject.site.date_of(now))

    def test_nothing_is_recorded_while_the_infusion_is_still_to_come(self, cast):
        subject, now = participant_at("randomized")
        waiting = Followed(subject, subject.site.date_of(now), now, cast)
        with pytest.raises(Refused, match="follow the infusion"):
            waiting.record(code="D0", on=waiting.day(0))

    def test_without_infusion_visits_follow_randomization(self, cast):
        subject, now = participant_at("randomized")
        now = subject.randomization.randomized_at
        never = Followed(subject, subject.site.date_of(now), now + 7 * DAY, cast)
        day = {"on": subject.site.date_of(now), "by": cast.coordinator.actor(now), "at": now}
        record_withdrawal(subject, kind="treatment", **day)
        never.record()
        visit = Visit.objects.get()
        assert (visit.study_day, visit.randomization_day) == (7, 7)

    def test_nothing_is_collected_after_consent_ended(self, followed):
        record_withdrawal(
            followed.subject, kind="consent", on=followed.day(5), by=followed.coordinator, at=followed.now
        )
        with pytest.raises(Refused) as refusal:
            followed.record()
        assert set(refusal.value.fields) == {"took_place_on"}
        followed.record(code="D3", on=followed.day(3), measured_at=followed.now - 4 * DAY)


class TestQueriesOfChecks:
    def doubt(self, field):
        return Concern(field, "Is it correct?")

    def test_a_confirmed_doubt_leaves_a_query(self, followed):
        followed.record(heart_rate=160, concerns=[self.doubt("heart_rate")])
        assert queries() == [("VS", "heart_rate", "open")]

    def test_a_doubt_about_the_date_belongs_to_the_visit(self, followed):
        followed.record(on=followed.day(4), concerns=[self.doubt("took_place_on")])
        assert queries() == [("VI", "took_place_on", "open")]

    def test_the_query_is_closed_when_the_value_is_corrected(self, followed):
        record = followed.record(heart_rate=160, concerns=[self.doubt("heart_rate")])
        assert followed.amend(record, heart_rate=90) == ["heart_rate"]
        assert queries() == [("VS", "heart_rate", "closed")]

    def test_another_doubtful_value_is_another_question(self, followed):
        record = followed.record(heart_rate=160, concerns=[self.doubt("heart_rate")])
        followed.amend(record, heart_rate=170, concerns=[self.doubt("heart_rate")])
        assert sorted(queries()) == [("VS", "heart_rate", "closed"), ("VS", "heart_rate", "open")]

    def test_the_query_stays_when_something_else_changes(self, followed):
        record = followed.record(heart_rate=160, concerns=[self.doubt("heart_rate")])
        followed.amend(record, respiratory_rate=20)
        assert queries() == [("VS", "heart_rate", "open")]

    def test_a_check_across_forms_is_settled_from_either_side(self, followed):
        signs = followed.record("VS")
        followed.record("CP", score=5, concerns=[self.doubt("score")])
        followed.amend(signs, oxygen_device="nasal_cannula", oxygen_flow_l_min=Decimal(2), missing={})
        assert queries() == [("CP", "score", "closed")]

    def test_correcting_the_date_moves_both_days_and_settles_the_question(self, followed):
        followed.record(on=followed.day(4), concerns=[self.doubt("took_place_on")])
        visit, by = Visit.objects.get(), followed.assessor
        correct_visit_date(visit, took_place_on=followed.day(7), reason="Wrong day", by=by, at=followed.now)
        visit.refresh_from_db()
        assert (visit.took_place_on, visit.study_day) == (followed.day(7), 7)
        assert queries() == [("VI", "took_place_on", "closed")]

    def test_a_date_is_not_corrected_without_a_reason(self, followed):
        followed.record()
        with pytest.raises(Refused) as refusal:
            correct_visit_date(
                Visit.objects.get(),
                took_place_on=followed.day(6),
                reason=" ",
                by=followed.coordinator,
                at=followed.now,
            )
        assert set(refusal.value.fields) == {"reason"}


class TestAmending:
    def test_a_change_needs_a_reason(self, followed):
        record = followed.record()
        with pytest.raises(Refused) as refusal:
            followed.amend(record, heart_rate=90, reason="")
        assert set(refusal.value.fields) == {"reason"}

    def test_old_and_new_value_and_the_reason_are_kept(self, followed):
        record = followed.record()
        followed.amend(record, heart_rate=90)
        event = Event.objects.filter(table=VitalSigns._meta.db_table, operation="U").get()
        assert (event.old["heart_rate"], event.new["heart_rate"]) == (80, 90)
        assert event.reason == "Typing error"

    def test_a_stale_edit_overwrites_nothing(self, followed):
        record = followed.record()
        followed.amend(record, heart_rate=90)
        with pytest.raises(StaleRecord):
            followed.amend(record, heart_rate=100, version=1)
        assert VitalSigns.objects.get().heart_rate == 90

    def test_only_whose_form_it_is(self, followed):
        record = followed.record("CP")
        with pytest.raises(NotAllowed):
            followed.amend(record, score=2, by=followed.investigator)
        assert ClinicalProgression.objects.get().score == 4

    def test_an_impossible_change_is_refused(self, followed):
        record = followed.record()
        with pytest.raises(Refused) as refusal:
            followed.amend(record, systolic_mmhg=70)
        assert set(refusal.value.fields) == {"diastolic_mmhg"}


class TestAdverseEvents:
    def test_events_are_numbered_and_wait_for_an_investigator(self, followed):
        first, second = followed.event(), followed.event(term="Nausea")
        assert (first.number, second.number, first.ctcae_version) == (1, 2, "5.0")
        assert set(unjudged_events(followed.investigator)) == {first, second}
        assert not unjudged_events(followed.coordinator)

    def test_only_an_investigator_judges_causality(self, followed):
        with pytest.raises(NotAllowed):
            followed.event(causality="possibly")
        event = followed.event()
        judged = {"values": {"causality": "possibly"}, "version": 1, "reason": "Judged", "at": followed.now}
        with pytest.raises(NotAllowed):
            amend_adverse_event(event, by=followed.coordinator, **judged)
        assert amend_adverse_event(event, by=followed.investigator, **judged) == ["causality"]

    @pytest.mark.parametrize("who", ["assessor", "nurse", "monitor", "outsider"])
    def test_everyone_else_is_refused(self, followed, who):
        with pytest.raises(NotAllowed):
            followed.event(by=getattr(followed.cast, who).actor(followed.now))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"started_on": date(2020, 1, 1)}, "started_on"),
            ({"grade": 5, "serious": True}, "outcome"),
            ({"outcome": "fatal"}, "outcome"),
            ({"outcome": "recovered", "ended_on": date(2020, 1, 1)}, "ended_on"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_the_field(self, followed, changes, field):
        with pytest.raises(Refused) as refusal:
            followed.event(**changes)
        assert field in refusal.value.fields
        assert not AdverseEvent.objects.exists()

    def test_a_death_ends_follow_up(self, followed):
        followed.event(grade=5, serious=True, outcome="fatal", ended_on=followed.day(5))
        assert follow_up_ended_on(followed.subject) == followed.day(5)
        with pytest.raises(Refused) as refusal:
            followed.event(started_on=followed.day(6))
        assert set(refusal.value.fields) == {"started_on"}

    def test_a_confirmed_doubt_leaves_a_query_that_the_correction_closes(self, followed):
        event = followed.event(grade=4, concerns=[Concern("serious", "A life-threatening event is serious.")])
        assert queries() == [("AE", "serious", "open")]
        amend_adverse_event(
            event,
            values={"serious": True},
            version=1,
            reason="It is",
            by=followed.coordinator,
            at=followed.now,
        )
        assert queries() == [("AE", "serious", "closed")]

    def test_before_consent_there_are_no_adverse_events(self, cast):
        subject, now = participant_at("consented")
        followed = Followed(subject, subject.site.date_of(now), now, cast)
        followed.event(started_on=followed.day(0))
        with pytest.raises(Refused, match="medical history"):
            followed.event(started_on=followed.day(-1))
