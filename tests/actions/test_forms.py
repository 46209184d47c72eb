"""Forms outside visits, and visits as needed: who may, what is refused, what the numbers are."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from enrollment.actions import record_ending
from enrollment.models import Subject
from outcomes.actions import amend_entry, record_entry, record_visit_form
from outcomes.models import DailyStatus, Death, MedicalHistory, Visit
from outcomes.rules.sheets import SHEETS, VISIT_FORMS
from outcomes.selectors import follow_up_ended_on, missing_days, planned_visits, with_course
from tests.actions.test_outcomes import queries
from trial_site.casebook.selectors.worklist import work_of
from trial_site.core.checks import Concern
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.simulation.examinations import daily_status, examination

pytestmark = pytest.mark.django_db(transaction=True)
CAUSE = {"cause": "Sepsis", "due_to_covid": "no", "autopsy": "no"}
DISEASE = {"condition": "Gout", "organ": "other", "ongoing": True}


def log(followed, form="MH", *, by=None, **values):
    by = by or (followed.assessor if SHEETS[form].assessor else followed.coordinator)
    given = {"started_on": followed.day(-90), **DISEASE} if form == "MH" else {}
    return record_entry(followed.subject, form=form, values=given | values, by=by, at=followed.now)


def day(followed, number, **changes):
    values = {**daily_status(Chance(), followed.day(number)), **changes}
    return log(followed, "DY", **values)


def died(followed):
    given = {"on": followed.day(5), "explanation": "Ward round"}
    record_ending(followed.subject, kind="death", **given, by=followed.investigator, at=followed.now)


class Chance:
    """The lowest of everything."""

    def randint(self, low, high):
        return low


def known(subject):
    return with_course(Subject.objects.filter(pk=subject.pk)).get()


class TestLogs:
    def test_entries_are_numbered(self, followed):
        assert [log(followed).number, log(followed, condition="Asthma").number] == [1, 2]

    def test_a_form_that_is_filled_in_once_is_refused_twice(self, followed):
        log(followed, "CH", first_positive_on=followed.day(-12))
        with pytest.raises(Refused, match="recorded already"):
            log(followed, "CH", first_positive_on=followed.day(-12))

    @pytest.mark.parametrize("who", ["assessor", "nurse", "monitor", "outsider"])
    def test_logs_are_the_coordinator_s(self, followed, who):
        with pytest.raises(NotAllowed):
            log(followed, by=getattr(followed.cast, who).actor(followed.now))

    def test_the_impossible_is_refused_beside_the_field(self, followed):
        with pytest.raises(Refused) as refusal:
            log(followed, ongoing=True, ended_on=followed.day(-3))
        assert set(refusal.value.fields) == {"ended_on"}
        assert MedicalHistory.objects.filter(condition="Gout").count() == 0

    def test_amending_needs_reason_and_the_version_that_was_seen(self, followed):
        entry = log(followed)
        given = {"by": followed.coordinator, "at": followed.now}
        assert amend_entry(entry, values={"condition": "Gout, left"}, version=1, reason="Side", **given) == [
            "condition"
        ]
        with pytest.raises(StaleRecord):
            amend_entry(entry, values={"condition": "Gout, right"}, version=1, reason="Side", **given)

    def test_a_cause_of_death_needs_a_death(self, followed):
        with pytest.raises(Refused) as refusal:
            log(followed, "DD", **CAUSE, informed_on=followed.day(6))
        assert set(refusal.value.fields) == {"informed_on"}

    def test_death_ends_follow_up_and_nothing_later_is_recorded(self, followed):
        died(followed)
        assert follow_up_ended_on(followed.subject) == followed.day(5)
        log(followed, "DD", **CAUSE, informed_on=followed.day(6))
        assert Death.objects.get().cause == "Sepsis"
        with pytest.raises(Refused) as refusal:
            log(followed, started_on=followed.day(6))
        assert set(refusal.value.fields) == {"started_on"}


class TestDailyStatus:
    def test_days_are_numbered_from_the_infusion_and_recorded_once(self, followed):
        assert day(followed, 4).number == 4
        with pytest.raises(Refused, match="recorded already"):
            day(followed, 4)

    @pytest.mark.parametrize("number", [-1, 15])
    def test_no_other_days(self, followed, number):
        followed.now += timedelta(days=20)
        with pytest.raises(Refused):
            day(followed, number)

    def test_what_is_missing_is_known_until_discharge(self, followed):
        recorded = set(DailyStatus.objects.values_list("on", flat=True))
        today = followed.day(7)
        expected = [followed.day(n) for n in range(8) if followed.day(n) not in recorded]
        assert missing_days(known(followed.subject), on=today) == expected
        stay = log(followed, "HO", admitted_on=followed.day(-5), intensive_care="no")
        discharge = {"discharged_on": followed.day(2), "destination": "home"}
        amend_entry(
            stay, values=discharge, version=1, reason="Home", by=followed.coordinator, at=followed.now
        )
        assert all(on <= followed.day(2) for on in missing_days(known(followed.subject), on=today))

    def test_a_confirmed_doubt_leaves_a_query_that_the_correction_closes(self, followed):
        concern = Concern("severity", "Is this class correct?")
        status = record_entry(
            followed.subject,
            form="DY",
            values={**daily_status(Chance(), followed.day(4)), "respiratory_rate": 32},
            concerns=[concern],
            by=followed.assessor,
            at=followed.now,
        )
        assert queries() == [("DY", "severity", "open")]
        changed = {"respiratory_rate": 22}
        amend_entry(status, values=changed, version=1, reason="Slip", by=followed.assessor, at=followed.now)
        assert queries() == [("DY", "severity", "closed")]


class TestEndOfStudy:
    def end(self, followed, reason, day):
        return log(followed, "EO", ended_on=followed.day(day), reason=reason)

    @pytest.mark.parametrize(
        ("reason", "day", "field"),
        [("death", 4, "ended_on"), ("completed", 5, "reason"), ("lost", 5, "reason")],
    )
    def test_it_tells_nothing_but_what_is_recorded_of_a_death(self, followed, reason, day, field):
        died(followed)
        with pytest.raises(Refused) as refusal:
            self.end(followed, reason, day)
        assert set(refusal.value.fields) == {field}
        assert self.end(followed, "death", 5).reason == "death"

    def test_a_death_that_nobody_recorded_is_not_told_here(self, followed):
        with pytest.raises(Refused, match="Record this itself first"):
            self.end(followed, "death", 5)

    def test_a_participant_the_assessor_calls_dead_waits_for_the_record(self, followed):
        followed.record("CP", score=10)
        sentence = f"Record the death of {followed.subject.number}: a form of the assessor says so"
        assert sentence in [todo.sentence for todo in work_of(followed.coordinator, at=followed.now)]
        given = {"on": followed.day(7), "explanation": "Ward round"}
        record_ending(followed.subject, kind="death", **given, by=followed.investigator, at=followed.now)
        assert sentence not in [todo.sentence for todo in work_of(followed.coordinator, at=followed.now)]


class TestVisitsAsNeeded:
    def record(self, followed, key):
        values = {"assessed_at": followed.now, "score": 4}
        given = {"form": "CP", "took_place_on": followed.day(7), "values": values}
        return record_visit_form(followed.subject, key, **given, by=followed.assessor, at=followed.now)

    def test_unscheduled_visits_are_counted(self, followed):
        self.record(followed, "UNS")
        with pytest.raises(Refused, match="plans no such form"):
            self.record(followed, "UNS.3")
        self.record(followed, "UNS.2")
        assert [visit.key for visit in Visit.objects.filter(code="UNS")] == ["UNS", "UNS.2"]
        plan = [v.key for v in planned_visits(followed.subject, on=followed.day(7)) if v.target is None]
        assert plan == ["UNS", "UNS.2"]

    def test_early_termination_takes_place_once(self, followed):
        self.record(followed, "ET")
        with pytest.raises(Refused, match="recorded already"):
            self.record(followed, "ET")
        with pytest.raises(Refused, match="plans no such form"):
            self.record(followed, "ET.2")


@pytest.mark.parametrize("form", [form for form in VISIT_FORMS if form != "PT"])
def test_every_form_of_a_visit_takes_its_values_and_refuses_the_impossible(followed, form):
    sheet = SHEETS[form]
    code = "UNS" if form in ("PC", "CT", "EG", "LH", "LC", "LK", "NS", "SY", "VS", "CP", "LB") else "D28"
    followed.now += timedelta(days=21)
    by = followed.assessor if sheet.assessor else followed.coordinator
    moment = followed.day(28) if form == "VT" else followed.now
    values = {sheet.moment: moment, **examination(Random(1), form, person=followed.subject.number)}
    given = {"form": form, "took_place_on": followed.day(28), "by": by, "at": followed.now}
    for limits in sheet.limits:
        beyond = {limits.field: limits.possible[1] + Decimal(1)}
        with pytest.raises(Refused) as refusal:
            record_visit_form(followed.subject, code, values=values | beyond, **given)
        assert limits.field in refusal.value.fields
    assert record_visit_form(followed.subject, code, values=values, **given).visit.code == code
