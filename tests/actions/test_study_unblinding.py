"""The final unblinding: after the lock, by two people; then every arm, each look on record; over with the lock."""

import pytest

from randomization import unblinding
from randomization.models import StudyAccess, StudyUnblinding
from randomization.selectors import study_unblinding
from tests.actions.test_code_break import arm_of
from tests.cast import LOGINS
from tests.story import participant_at
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.actions import place_lock, unlock_database

pytestmark = pytest.mark.django_db(transaction=True)
MAY = {"principal", "statistician"}


@pytest.fixture
def randomized():
    return participant_at("randomized")


@pytest.fixture
def locked(cast, randomized):
    subject, now = randomized
    place_lock(None, by=cast.data_manager.actor(now), at=now)
    return subject, now


def unblinded(cast, at, *, by="principal", second="statistician", **changes) -> StudyUnblinding:
    given = {"password": cast.password, "second_password": cast.password} | changes
    person = getattr(cast, second).staff
    return unblinding.unblind_study(second_person=person, **given, by=getattr(cast, by).actor(at), at=at)


def unlocked(cast, at) -> None:
    second = {"second_person": cast.statistician.staff, "second_password": cast.password}
    lock = study_unblinding().lock
    unlock_database(lock, reason="A death.", **second, by=cast.data_manager.actor(at), at=at)


def test_two_people_unblind_and_see_what_the_owner_reads(cast, owner, locked):
    subject, now = locked
    record = unblinded(cast, now)
    assert (record.person, record.second_person) == (cast.principal.staff, cast.statistician.staff)
    by = cast.statistician.actor(now)
    look = unblinding.record_look(record, why="The analysis", by=by)
    assert unblinding.study_arms(look, by=by) == {subject.pk: arm_of(owner, subject)}
    with pytest.raises(Refused, match="unblinded already"):
        unblinded(cast, now)


def test_not_before_the_lock(cast, randomized):
    with pytest.raises(Refused, match="not locked"):
        unblinded(cast, randomized[1])


def test_nobody_else_unblinds_or_looks(cast, locked):
    _subject, now = locked
    for who in LOGINS.keys() - MAY:
        with pytest.raises(NotAllowed):
            unblinded(cast, now, by=who)
    assert not StudyUnblinding.objects.exists()
    record = unblinded(cast, now)
    for who in LOGINS.keys() - MAY:
        with pytest.raises(NotAllowed):
            unblinding.record_look(record, why="curious", by=getattr(cast, who).actor(now))
    assert not StudyAccess.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"second": "principal"}, "second_person"),
        ({"second": "data_manager"}, "second_person"),
        ({"second_password": "not it"}, "second_password"),
        ({"password": "not it"}, "password"),
    ],
)
def test_one_person_alone_unblinds_nothing(cast, locked, changes, field):
    with pytest.raises(Refused) as refusal:
        unblinded(cast, locked[1], **changes)
    assert field in refusal.value.fields
    assert not StudyUnblinding.objects.exists()


def test_a_delegation_for_one_site_does_not_unblind_the_study(cast, owner, locked):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE core_delegation SET site_id = %s WHERE task = 'unblind_study'", [cast.site.pk])
    with pytest.raises(Refused, match="The sealed room refuses"):
        unblinded(cast, locked[1])


def test_after_an_unlock_the_unblinding_is_over(cast, locked):
    _subject, now = locked
    record, by = unblinded(cast, now), cast.principal.actor(now)
    look = unblinding.record_look(record, why="The analysis", by=by)
    unlocked(cast, now)
    with pytest.raises(Refused, match="The sealed room refuses"):
        unblinding.study_arms(look, by=by)
    assert study_unblinding() is None
