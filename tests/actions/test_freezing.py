"""Frozen and locked data: nobody changes them, by no way, until whoever may lifts it with a reason."""

import pytest
from django.db import DatabaseError, transaction

from enrollment.actions import record_withdrawal
from enrollment.models import Screening, Subject
from outcomes.models import Visit, VitalSigns
from tests.story import participant_at
from trial_site.audit.action import attributed
from trial_site.audit.tracking import GUARDS
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring import actions
from trial_site.monitoring.models import Freeze, Query, Scope
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import database_lock, freezes_over, ref_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def followed() -> tuple:
    subject, now = participant_at("followed")
    subject.refresh_from_db()
    return subject, now


def ref_for(subject: Subject, scope: str):
    visit = Visit.objects.get(subject=subject, code="D7")
    vitals = VitalSigns.objects.get(visit=visit)
    named = {Scope.RECORD: ("VS", vitals), Scope.VISIT: ("VI", visit), Scope.PARTICIPANT: ("SU", subject)}
    return ref_of(*named[scope])


def freeze(cast, subject, scope, now) -> Freeze:
    return actions.freeze(ref_for(subject, scope), scope=scope, by=cast.data_manager.actor(now), at=now)


def changeable(cast, model, **chosen) -> bool:
    """Does the database take a change, whoever makes it and by whatever way?"""
    by = cast.investigator.actor()
    try:
        with transaction.atomic(), attributed(by, action="raw", reason="try"):
            return bool(model.objects.filter(**chosen).update(**touch(model)))
    except DatabaseError as error:
        if "frozen or locked" not in str(error):
            raise
        return False


def touch(model) -> dict:
    field = {VitalSigns: "heart_rate", Screening: "spo2_percent", Visit: "study_day"}
    return {field[model]: 77}


@pytest.mark.parametrize(
    ("scope", "vitals_of_day_7", "vitals_of_day_3", "screening"),
    [
        (Scope.RECORD, False, True, True),
        (Scope.VISIT, False, True, True),
        (Scope.PARTICIPANT, False, False, False),
    ],
)
def test_a_freeze_covers_what_it_names_and_no_more(
    cast, followed, scope, vitals_of_day_7, vitals_of_day_3, screening
):
    subject, now = followed
    frozen = freeze(cast, subject, scope, now)
    expected = {"D7": vitals_of_day_7, "D3": vitals_of_day_3}
    assert {c: changeable(cast, VitalSigns, subject=subject, visit__code=c) for c in expected} == expected
    assert changeable(cast, Screening, subject=subject) is screening
    actions.lift(frozen, reason="One value is wrong.", by=cast.data_manager.actor(now), at=now)
    assert changeable(cast, VitalSigns, subject=subject, visit__code="D7")


def test_nothing_is_added_to_a_frozen_participant_and_the_page_is_told_why(cast, followed):
    subject, now = followed
    freeze(cast, subject, Scope.PARTICIPANT, now)
    with pytest.raises(Refused, match="frozen or locked"):
        record_withdrawal(subject, kind="treatment", on=now.date(), by=cast.coordinator.actor(now), at=now)
    assert not subject.withdrawals.exists()


def test_every_form_is_guarded_by_the_database_but_an_emergency(cast):
    assert {code for code, form in FORMS.items() if form.model not in GUARDS} == {"CB"}


def test_an_unsettled_query_keeps_it_open(cast, followed):
    subject, now = followed
    ref = ref_for(subject, Scope.RECORD)
    actions.open_query(ref, text="Sure?", origin="person", by=cast.monitor.actor(now), at=now)
    with pytest.raises(Refused, match="unsettled queries"):
        freeze(cast, subject, Scope.VISIT, now)
    actions.cancel_query(Query.objects.get(), text="Settled.", by=cast.monitor.actor(now), at=now)
    assert freeze(cast, subject, Scope.VISIT, now).pk


@pytest.mark.parametrize("who", ["coordinator", "investigator", "assessor", "statistician", "administrator"])
def test_who_enters_data_does_not_freeze_them(cast, followed, who):
    subject, now = followed
    with pytest.raises(NotAllowed):
        actions.freeze(
            ref_for(subject, Scope.PARTICIPANT),
            scope=Scope.PARTICIPANT,
            by=getattr(cast, who).actor(now),
            at=now,
        )


def test_it_is_frozen_once_and_lifted_once_with_a_reason(cast, followed):
    subject, now = followed
    frozen, by = freeze(cast, subject, Scope.VISIT, now), cast.data_manager.actor(now)
    with pytest.raises(Refused, match="already"):
        freeze(cast, subject, Scope.VISIT, now)
    with pytest.raises(Refused) as refusal:
        actions.lift(frozen, reason=" ", by=by, at=now)
    assert "reason" in refusal.value.fields
    actions.lift(frozen, reason="A value is wrong.", by=by, at=now)
    with pytest.raises(Refused, match="already"):
        actions.lift(frozen, reason="Again.", by=by, at=now)
    assert freeze(cast, subject, Scope.VISIT, now).pk != frozen.pk


def test_the_lock_of_a_site_covers_its_queries_too(cast, followed):
    subject, now = followed
    lock = actions.place_lock(cast.site, by=cast.data_manager.actor(now), at=now)
    assert not changeable(cast, VitalSigns, subject=subject, visit__code="D7")
    with pytest.raises(Refused, match="frozen or locked"):
        actions.open_query(
            ref_for(subject, Scope.RECORD), text="Why?", origin="person", by=cast.monitor.actor(now), at=now
        )
    assert freezes_over(subject.number, subject.site_id) == [lock]


def test_the_database_is_unlocked_by_two_people_only(cast, followed):
    subject, now = followed
    by, second = cast.data_manager.actor(now), cast.statistician.staff
    lock = actions.place_lock(None, by=by, at=now)
    assert database_lock() == lock
    assert not changeable(cast, Screening, subject=subject)
    with pytest.raises(Refused, match="two people"):
        actions.lift(lock, reason="Alone.", by=by, at=now)
    together = {"reason": "A death was reported late.", "by": by, "at": now}
    for person, password in [(cast.data_manager.staff, cast.password), (second, "not it")]:
        with pytest.raises(Refused):
            actions.unlock_database(lock, second_person=person, second_password=password, **together)
        assert database_lock() == lock
    actions.unlock_database(lock, second_person=second, second_password=cast.password, **together)
    assert database_lock() is None
    assert changeable(cast, Screening, subject=subject)


def test_one_person_alone_does_not_unlock_by_sql_either(cast, followed):
    _subject, now = followed
    lock = actions.place_lock(None, by=cast.data_manager.actor(now), at=now)
    alone = {"lifted_at": now, "lifted_by": cast.data_manager.staff, "lift_reason": "Because."}
    by = cast.data_manager.actor(now)
    with (
        pytest.raises(DatabaseError, match="database_unlocked_by_two"),
        transaction.atomic(),
        attributed(by, action="raw"),
    ):
        Freeze.objects.filter(pk=lock.pk).update(**alone)
