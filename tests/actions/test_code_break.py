"""Code breaks: nobody is waited for in an emergency, it is known that it happened, and who knows assesses no more."""

from datetime import timedelta

import pytest

from outcomes import actions as outcomes
from outcomes.actions.letters import code_broken
from outcomes.models import AdverseEvent
from outcomes.selectors import unjudged_events
from randomization import unblinding
from randomization.models import AccessRecord, CodeBreak, ImpactAssessment, UnblindedPerson
from randomization.selectors import has_seen_arm, unassessed_breaks
from tests.cast import ARMS, LOGINS
from tests.story import participant_at
from trial_site.casebook.selectors import work_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice
from trial_site.monitoring.models import Deviation, Signature

pytestmark = pytest.mark.django_db(transaction=True)
BREAKERS = {"principal", "investigator", "medical_monitor"}
GIVEN = {"category": "emergency", "why": "Anaphylaxis: the treating team must know"}
IMPACT = {"learned": "The treating team learned the treatment", "consequences": "None for the endpoint"}


@pytest.fixture
def randomized():
    return participant_at("randomized")


def broken(cast, subject, at, *, by="investigator", **changes) -> CodeBreak:
    given = GIVEN | {"password": cast.password} | changes
    return unblinding.break_code(subject, **given, by=getattr(cast, by).actor(at), at=at)


def written() -> tuple[int, ...]:
    models = (AccessRecord, CodeBreak, UnblindedPerson, Deviation, Notice)
    return tuple(model.objects.count() for model in models)


def arm_of(owner, subject) -> str:
    with owner().cursor() as cursor:
        cursor.execute(
            "SELECT arm FROM sealed_place JOIN sealed_binding USING (place) WHERE sealed_binding.randomization_number"
            " = %s",
            [subject.randomization.number],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("who", sorted(BREAKERS))
def test_whoever_is_delegated_breaks_one_code_alone(cast, owner, randomized, who):
    subject, now = randomized
    code_break = broken(cast, subject, now, by=who)
    arm = unblinding.treatment(code_break, by=getattr(cast, who).actor(now))
    assert arm == arm_of(owner, subject)
    assert arm in ARMS
    assert has_seen_arm(getattr(cast, who).actor(now), subject)
    assert not has_seen_arm(cast.assessor.actor(now), subject)
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.grade, deviation.subject) == ("unblinding", "major", subject.number)
    assert "CANARY" not in deviation.text


def test_nobody_else_does(cast, randomized):
    subject, now = randomized
    before = written()
    for who in LOGINS.keys() - BREAKERS:
        with pytest.raises(NotAllowed):
            broken(cast, subject, now, by=who)
    assert written() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "a wrong password"}, "password"),
        ({"why": "  "}, "why"),
        ({"category": "planned"}, "second_person"),
    ],
)
def test_what_is_missing_breaks_nothing(cast, randomized, changes, field):
    subject, now = randomized
    before = written()
    with pytest.raises(Refused) as refusal:
        broken(cast, subject, now, **changes)
    assert field in refusal.value.fields
    assert written() == before


def test_a_planned_code_break_needs_another_person_and_their_password(cast, randomized):
    subject, now = randomized

    def planned(person, password):
        second = {"second_person": person.staff, "second_password": password}
        return broken(cast, subject, now, category="planned", **second)

    for person, password in (
        (cast.investigator, cast.password),
        (cast.coordinator, cast.password),
        (cast.principal, "not the password"),
    ):
        with pytest.raises(Refused):
            planned(person, password)
    assert not CodeBreak.objects.exists()
    assert planned(cast.medical_monitor, cast.password).second_person == cast.medical_monitor.staff
    assert all(has_seen_arm(one.actor(now), subject) for one in (cast.investigator, cast.medical_monitor))


def test_who_is_not_randomized_has_no_code(cast):
    subject, now = participant_at("eligible")
    with pytest.raises(Refused, match="not randomized"):
        broken(cast, subject, now)
    assert not AccessRecord.objects.exists()


def test_the_right_people_are_told_once_and_no_letter_says_whom_or_what(cast, randomized):
    subject, now = randomized
    broken(cast, subject, now)
    notices = Notice.objects.filter(kind="code_break")
    told = {notice.recipient for notice in notices}
    assert told == {cast.principal.staff, cast.medical_monitor.staff, cast.monitor.staff}
    for notice in notices:
        text = code_broken(notice, notice.count).message().as_string()
        assert "treatment code of a participant was broken" in text
        assert subject.number not in text
        assert "CANARY" not in text


def test_to_look_again_is_a_new_record_but_no_new_deviation(cast, randomized):
    subject, now = randomized
    first = broken(cast, subject, now)
    again = broken(cast, subject, now + timedelta(minutes=5))
    assert first.access != again.access
    assert Deviation.objects.count() == 1
    assert list(unassessed_breaks(cast.investigator.actor(now))) == [first]


def test_an_arm_is_not_shown_again_for_an_old_record(cast, owner, randomized):
    subject, now = randomized
    code_break = broken(cast, subject, now)
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE randomization_accessrecord SET at = at - interval '2 minutes'")
    with pytest.raises(Refused, match="The sealed room refuses"):
        unblinding.treatment(code_break, by=cast.investigator.actor(now))


def assessed(cast, code_break, now, *, by="principal", **changes):
    given = IMPACT | {"people": [], "password": cast.password} | changes
    return unblinding.assess_impact(code_break, **given, by=getattr(cast, by).actor(now), at=now)


def test_the_impact_waits_for_an_investigator_and_is_signed_once(cast, randomized):
    subject, now = randomized
    code_break = broken(cast, subject, now, by="medical_monitor")
    for who in (cast.principal, cast.investigator):
        work = [todo.sentence for todo in work_of(who.actor(now), at=now)]
        assert f"Assess the impact of the code break of {subject.number}" in work
    with pytest.raises(NotAllowed):
        assessed(cast, code_break, now, by="medical_monitor")
    with pytest.raises(Refused):
        assessed(cast, code_break, now, password="a wrong password")
    assert not ImpactAssessment.objects.exists()
    assessed(cast, code_break, now)
    signature = Signature.objects.get(form="CB")
    assert (signature.meaning, signature.signer) == ("unblinding", cast.principal.staff)
    assert not unassessed_breaks(cast.principal.actor(now)).exists()
    with pytest.raises(Refused, match="assessed already"):
        assessed(cast, code_break, now)


def test_an_assessor_who_learned_the_arm_assesses_that_participant_no_more(cast):
    subject, now = participant_at("seen_on_day_3")
    assessor = cast.assessor.actor(now)
    record = subject.visits.get(code="D3").vitalsigns
    change = {"values": {"heart_rate": 71}, "version": 1, "reason": "Read again"}
    outcomes.amend_visit_form(record, **change, by=assessor, at=now)
    assessed(cast, broken(cast, subject, now), now, people=[cast.assessor.staff])
    with pytest.raises(NotAllowed, match="You know the treatment of this participant"):
        outcomes.amend_visit_form(record, **change | {"version": 2}, by=assessor, at=now)
    visit = {"form": "VS", "took_place_on": subject.site.date_of(now), "values": {}}
    with pytest.raises(NotAllowed, match="You know the treatment"):
        outcomes.record_visit_form(subject, "D7", **visit, by=assessor, at=now)
    late = now + timedelta(days=30)
    assert not [
        todo for todo in work_of(cast.assessor.actor(late), at=late) if todo.subject == subject.number
    ]


def test_who_broke_the_code_judges_no_causality_of_that_participant(cast):
    subject, now = participant_at("infused")
    event = {"term": "Fever", "started_on": subject.site.date_of(now), "ended_on": None, "grade": 1}
    values = event | {"serious": False, "outcome": "recovering"}
    event = outcomes.record_adverse_event(subject, values=values, by=cast.coordinator.actor(now), at=now)
    investigator, principal = cast.investigator.actor(now), cast.principal.actor(now)
    assert list(unjudged_events(investigator)) == [event]
    broken(cast, subject, now)
    assert not unjudged_events(investigator).exists()
    judged = {"values": {"causality": "not_related"}, "version": 1, "reason": "Judged"}
    with pytest.raises(NotAllowed, match="You know the treatment"):
        outcomes.amend_adverse_event(event, **judged, by=investigator, at=now)
    outcomes.amend_adverse_event(event, **judged, by=principal, at=now)
    assert AdverseEvent.objects.get().causality == "not_related"
