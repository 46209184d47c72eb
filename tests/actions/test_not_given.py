"""Whatever ends an order whose bag is released ends in the ledger, once: as not given, unless somebody got it."""

from datetime import timedelta

import pytest

from dosing import actions
from dosing.actions.endings import settle_endings
from dosing.models import Infusion, InfusionOrder, OrderState
from dosing.rules.problems import PATHS
from dosing.selectors import bags_out, infusion_of, order_of, slot_of
from enrollment.rules.consequences import Event
from randomization.rules.ledger import place_of
from randomization.rules.stock import Movement, StockedKit
from randomization.unblinding.reconciliation import reconciliation
from tests.actions.test_afterwards import record
from tests.actions.test_consequences import BEAT, happens
from tests.cast import ARMS
from tests.story import participant_at
from tests.ward import begin, stop

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def ends(event):
    """What the participant, the investigator or the calendar ends; the beat gives up what waited."""

    def path(cast, order, now):
        now = happens(cast, order.subject, event, now)
        settle_endings(by=BEAT, at=now)
        settle_endings(by=BEAT, at=now)

    return path


def breaks(kind):
    def path(cast, order, now):
        by = (cast.pharmacist if PATHS[kind].by_pharmacy else cast.nurse).actor(now)
        actions.report_problem(order, kind=kind, noticed_at=now, by=by, at=now)

    return path


def another_bag_was_given(cast, order, now):
    """Afterwards it turns out that the participant got a bag that nobody knows."""
    record(order.subject, cast, now, bag_code="9999999")


CALLED_OFF = {event.value: ends(event) for event in Event}
CALLED_OFF |= {kind: breaks(kind) for kind, path in PATHS.items() if path.bag_lost}
CALLED_OFF["another bag"] = another_bag_was_given


@pytest.mark.parametrize("stage", ["released", "handed_over"])
@pytest.mark.parametrize("path", CALLED_OFF)
def test_what_ends_an_order_is_told_to_the_ledger(cast, steps, stage, path):
    subject, now = participant_at(stage)
    order = order_of(subject)
    CALLED_OFF[path](cast, order, now)
    assert InfusionOrder.objects.get(pk=order.pk).state in (OrderState.CANCELLED, OrderState.FINISHED)
    taken = steps(order.kit)
    assert (taken.count("not_given"), place_of(taken)) == (1, "waste" if stage == "released" else "ward")
    in_hand = stage == "released" and path in PATHS  # who reported it has the bag before them
    expected = [] if in_hand else [("no", stage == "handed_over")]
    assert [(bag.given, bag.left) for bag in bags_out(cast.pharmacist.actor(now))] == expected


def test_a_bag_that_somebody_else_got_is_given_and_comes_back_as_theirs(cast, steps):
    first, now = participant_at("handed_over", seed=1)
    second, then = participant_at("released", seed=2)
    mine, theirs = order_of(first), order_of(second)
    now = max(now, then) + 40 * MINUTE
    record(second, cast, now - 40 * MINUTE, now=now, bag_code=mine.kit.number)
    assert not {"not_given"} & set(steps(mine.kit))
    assert steps(mine.kit)[-1] == "given"
    assert steps(theirs.kit)[-1] == "not_given"
    out = {
        bag.order.kit.number: (bag.given, bag.left, bag.called_off)
        for bag in bags_out(cast.pharmacist.actor(now))
    }
    assert out == {mine.kit.number: ("full", True, False), theirs.kit.number: ("no", False, True)}


def test_an_infusion_that_runs_is_given_whatever_ends_meanwhile(cast, steps):
    subject, now = participant_at("handed_over")
    order = order_of(subject)
    begin(order, cast, now)
    happens(cast, subject, Event.CONSENT, now)
    settle_endings(by=BEAT, at=now)
    stop(infusion_of(subject), cast, now + 30 * MINUTE)
    assert steps(order.kit)[-2:] == ["started", "given"]


def test_a_second_infusion_is_recorded_beside_the_order_of_the_first(cast):
    """It must not have been; the truth has its place all the same."""
    subject, now = participant_at("infused")
    record(
        subject, cast, slot_of(subject).starts_at + 60 * MINUTE, now=now + 180 * MINUTE, bag_code="9999999"
    )
    assert list(Infusion.objects.order_by("id").values_list("order", flat=True)) == [
        order_of(subject).pk,
        None,
    ]


def test_the_printed_accounts_say_that_the_system_did_it(cast):
    _, now = participant_at("consented")
    kit = StockedKit("1", ARMS[0], "L", now.date(), "S", 1, "Freezer", "waste", usable=False)
    step = Movement("1", "not_given", "waste", now, None, None, None, "", now)
    [row] = reconciliation(cast.site, kits=[kit], ledger=[step], filled=[], at=now)["kits"]["rows"]
    [movement] = row["movements"]
    assert movement[3] == "the system"
