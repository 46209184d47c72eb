"""Two people, two browsers, a double click, many clients: one place per participant, in order, none lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from enrollment.models import Subject
from randomization import actions
from randomization.actions import randomize
from randomization.models import Kit, Randomization, RandomizationRequest
from tests.story import participant_at
from trial_site.core.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls):
    """Run all calls at the same instant in threads of their own; returns results and refusals."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait()
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_people_randomize_the_same_participant_at_the_same_instant(cast):
    subject, now = participant_at("ready")
    actors = [cast.coordinator.actor(now), cast.investigator.actor(now)] * 4
    results = at_once([lambda a=a: randomize(subject, by=a, at=now) for a in actors])
    assert {result.number for result in results} == {"R001"}
    assert (RandomizationRequest.objects.count(), Randomization.objects.count(), Kit.objects.count()) == (
        1,
        1,
        1,
    )


def test_many_participants_at_once_take_places_in_order_without_hole(cast, owner):
    subjects = [participant_at("ready", seed=seed) for seed in range(8)]
    calls = [
        lambda s=s, now=now, by=cast.coordinator.actor(now): randomize(s, by=by, at=now)
        for s, now in subjects * 2
    ]
    results = at_once(calls)
    assert not [r for r in results if isinstance(r, Refused)]
    numbers = sorted(Randomization.objects.values_list("number", flat=True))
    assert numbers == [f"R{place:03d}" for place in range(1, len(subjects) + 1)]
    assert Kit.objects.values("number").distinct().count() == len(subjects)
    with owner().cursor() as cursor:
        cursor.execute(
            "SELECT b.place, p.arm = k.arm, r.place = b.place, z.number = b.randomization_number"
            " FROM sealed_binding b JOIN sealed_place p USING (place)"
            " JOIN sealed_movement m ON m.bag = b.bag JOIN sealed_kitcontent k ON k.number = m.kit_number"
            " JOIN randomization_randomizationrequest r ON r.id = b.request_id"
            " JOIN randomization_randomization z ON z.subject_id = r.subject_id ORDER BY 1"
        )
        rows = cursor.fetchall()
    assert [row[0] for row in rows] == list(range(1, len(subjects) + 1))
    assert all(all(row[1:]) for row in rows)


def test_an_interrupted_randomization_is_finished_by_the_next(cast):
    first, then = participant_at("ready", seed=1)
    second, now = participant_at("ready", seed=2)
    actions.request_randomization(first, by=cast.coordinator.actor(then), at=then)
    assert not Randomization.objects.exists()
    assert randomize(second, by=cast.coordinator.actor(now), at=now).number == "R002"
    assert Randomization.objects.get(subject=first).number == "R001"
    assert Subject.objects.get(pk=first.pk).state == "randomized"
