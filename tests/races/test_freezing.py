"""A freeze and a change at the same instant: one of them comes first, and the other knows."""

from threading import Thread

import pytest
from django.db import connection

from outcomes.models import VitalSigns
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.core.errors import Refused
from trial_site.monitoring import actions
from trial_site.monitoring.selectors import ref_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_freeze_waits_for_a_change_under_way_and_the_next_change_is_refused(cast):
    subject, now = participant_at("followed")
    vitals = VitalSigns.objects.get(visit__subject=subject, visit__code="D7")
    ref, by = ref_of("VS", vitals), cast.data_manager.actor(now)
    order: list[str] = []

    def freeze() -> None:
        actions.freeze(ref, scope="record", by=by, at=now)
        order.append("frozen")
        connection.close()

    @action
    def change(*, reason, by) -> None:
        write(vitals, 71, reason=reason, by=by)
        thread.start()
        thread.join(timeout=0.5)
        order.append("changed")

    thread = Thread(target=freeze)
    change(reason="Typing error.", by=by)
    thread.join(timeout=10)
    assert order == ["changed", "frozen"]
    with pytest.raises(Refused, match="frozen or locked"):
        write(vitals, 72, reason="Typing error.", by=by)


@action
def write(vitals: VitalSigns, heart_rate: int, *, reason: str, by) -> None:
    VitalSigns.objects.filter(pk=vitals.pk).update(heart_rate=heart_rate)
