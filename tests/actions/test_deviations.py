"""Deviations: reported by people within their delegation, by the system once per cause, closed with an action."""

import pytest
from django.db import DatabaseError, transaction

from tests.clinic import NOW, TODAY, log
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring import actions
from trial_site.monitoring.models import Deviation, DeviationState
from trial_site.monitoring.selectors import deviations_for, ref_of

GIVEN = {"kind": "window", "grade": "minor", "text": "The visit took place a day late.", "occurred_on": TODAY}


def reported(cast, by=None, **changes) -> Deviation:
    actor = (by or cast.coordinator).actor(NOW)
    return actions.raise_deviation(ref_of("SU", log(cast)), **GIVEN | changes, by=actor, at=NOW)


def test_a_person_reports_what_departed_from_the_protocol(cast):
    deviation = reported(cast)
    assert (deviation.state, deviation.raised_by, deviation.cause) == ("open", cast.coordinator.staff, None)


@pytest.mark.parametrize("who", ["assessor", "pharmacist", "outsider", "administrator"])
def test_others_do_not(cast, who):
    with pytest.raises(NotAllowed):
        reported(cast, by=getattr(cast, who))
    assert not Deviation.objects.exists()


def test_an_empty_text_says_nothing(cast):
    with pytest.raises(Refused) as refusal:
        reported(cast, text="  ")
    assert "text" in refusal.value.fields


def test_one_cause_raises_one_deviation_whoever_acts(cast):
    ref = ref_of("SU", log(cast))
    first, again = (
        actions.raise_deviation(ref, **GIVEN, cause="window:SU:1", by=who.actor(NOW), at=NOW)
        for who in (cast.assessor, cast.nurse)
    )
    assert first == again == Deviation.objects.get()


def test_the_site_closes_it_with_what_was_done(cast):
    deviation = reported(cast)
    by = cast.investigator.actor(NOW)
    with pytest.raises(Refused):
        actions.close_deviation(deviation, corrective_action=" ", by=by, at=NOW)
    actions.close_deviation(deviation, corrective_action="Reminders come earlier now.", by=by, at=NOW)
    assert deviation.state == DeviationState.CLOSED
    with pytest.raises(Refused):
        actions.close_deviation(deviation, corrective_action="Once more.", by=by, at=NOW)


def test_whoever_may_not_close_it_does_not(cast):
    with pytest.raises(NotAllowed):
        actions.close_deviation(reported(cast), corrective_action="Done.", by=cast.monitor.actor(NOW), at=NOW)


def test_the_database_reopens_none(cast):
    deviation = reported(cast)
    actions.close_deviation(deviation, corrective_action="Done.", by=cast.principal.actor(NOW), at=NOW)
    with pytest.raises(DatabaseError, match="cannot go from closed to open"), transaction.atomic():
        Deviation.objects.filter(pk=deviation.pk).update(state="open")


def test_the_assessor_and_other_sites_read_none(cast):
    deviation = reported(cast)
    assert list(deviations_for(cast.monitor.actor(NOW))) == [deviation]
    for who in (cast.assessor, cast.outsider, cast.pharmacist):
        assert not deviations_for(who.actor(NOW)).exists()
