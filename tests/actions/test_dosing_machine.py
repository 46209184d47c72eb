"""Random sequences of dosing actions: whatever people try, and in whatever order.

Through "start now" no bag is ever given twice, after its time, called back, without a fresh re-check or without a
second person; whatever is recorded afterwards carries a major deviation; the ledger's balance is the shelf, and a bag
whose order is over is in it as given or as not given.
"""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dosing import actions
from dosing.actions.endings import settle_endings
from dosing.models import Infusion, InfusionOrder, OrderState, ProductProblem, Release
from dosing.selectors import infusion_of, order_of, slot_of
from enrollment.actions import record_withdrawal
from enrollment.selectors import protocol_of, standing
from randomization.rules.ledger import balance
from randomization.selectors import kit_of
from tests.actions.test_afterwards import record
from tests.conftest import close_connections
from tests.ground import clone_template
from tests.story import participant_at
from tests.ward import begin, measure, order, prepare, stop, take_over
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.monitoring.models import Deviation

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = st.sampled_from([1, 10, 20, 40, 70, 150, 300])
PEOPLE = st.sampled_from([0, 1])


class Ward(RuleBasedStateMachine):
    """Two randomized participants, one clock that only runs forward."""

    cast, owner = None, None

    @initialize()
    def admit(self) -> None:
        self.subjects = [participant_at("randomized", seed=seed)[0] for seed in (1, 2)]
        self.now = min(slot_of(one).starts_at for one in self.subjects) - timedelta(minutes=100)
        self.started: list[int] = []

    def attempt(self, call):
        """What is refused leaves nothing behind."""
        try:
            return call()
        except Refused:
            return None

    @rule(minutes=MINUTES)
    def wait(self, minutes) -> None:
        """The beat comes along meanwhile."""
        self.now += timedelta(minutes=minutes)
        settle_endings(by=Actor.system("settle endings"), at=self.now)

    @rule(who=PEOPLE, steps=st.integers(1, 4))
    def go_on(self, who, steps) -> None:
        for _step in range(steps):
            self.take_the_next_step(who)

    def take_the_next_step(self, who) -> None:
        """What should be done next, done properly: so that the sequences also come to an end."""
        given = order_of(self.subjects[who])
        if given is None:
            self.sign_the_recheck(who)
        elif given.state == OrderState.ORDERED:
            self.now = max(self.now, given.slot.starts_at - timedelta(minutes=40))
            self.prepare_the_bag(who)
        elif given.state == OrderState.RELEASED:
            self.take_the_bag(who)
        elif given.state == OrderState.HANDED_OVER:
            self.measure_before(who)
            self.start_now(who, who, "second_nurse")
        else:
            self.stop_the_infusion(who, True)

    @rule(who=PEOPLE)
    def sign_the_recheck(self, who) -> None:
        self.attempt(lambda: order(self.subjects[who], self.cast, self.now))

    @rule(who=PEOPLE)
    def prepare_the_bag(self, who) -> None:
        given = order_of(self.subjects[who])
        if given:
            self.attempt(lambda: prepare(given, self.cast, self.now))

    @rule(who=PEOPLE)
    def take_the_bag(self, who) -> None:
        given = order_of(self.subjects[who])
        if given:
            self.attempt(lambda: take_over(given, self.cast, self.now))

    @rule(who=PEOPLE)
    def measure_before(self, who) -> None:
        given = order_of(self.subjects[who])
        if given:
            self.attempt(lambda: measure(given, self.cast, "00", self.now))

    @rule(who=PEOPLE, bag=PEOPLE, second=st.sampled_from(["second_nurse", "nurse", "pharmacist"]))
    def start_now(self, who, bag, second) -> None:
        given = order_of(self.subjects[who])
        if not given:
            return
        person = getattr(self.cast, second).staff
        code = kit_of(self.subjects[bag]).number
        infusion = self.attempt(
            lambda: begin(given, self.cast, self.now, bag_code=code, second_person=person)
        )
        if infusion:
            self.judge(infusion)

    def judge(self, infusion: Infusion) -> None:
        """Everything that must have been true of a start that was allowed."""
        given, release, protocol = infusion.order, infusion.order.release, protocol_of(infusion.subject)
        assert Infusion.objects.filter(bag_code=infusion.bag_code).count() == 1
        assert self.now <= release.start_by < release.use_by
        assert self.now - given.rechecked_at <= timedelta(hours=protocol.recheck_max_hours)
        assert infusion.second_person_id not in (None, infusion.identified_by_id)
        assert given.handover.received_by_id == infusion.identified_by_id
        assert given.vitals.filter(time_point="00").exists()
        assert not ProductProblem.objects.filter(order=given).exclude(kind="wrong_bag").exists()
        assert given.slot.first_day <= infusion.subject.site.date_of(self.now) <= given.slot.last_day
        self.started.append(infusion.pk)

    @rule(who=PEOPLE, full=st.booleans())
    def stop_the_infusion(self, who, full) -> None:
        running = infusion_of(self.subjects[who])
        if running and running.stopped_at is None:
            reason = {} if full else {"volume_ml": Decimal(40), "incomplete_reason": "Line blocked"}
            self.attempt(lambda: stop(running, self.cast, self.now, **reason))

    @rule(
        who=PEOPLE,
        kind=st.sampled_from(["breakage", "temperature", "wrong_bag", "called_back", "not_available"]),
    )
    def report(self, who, kind) -> None:
        given = order_of(self.subjects[who])
        pharmacy = kind in ("called_back", "not_available")
        by = (self.cast.pharmacist if pharmacy else self.cast.nurse).actor(self.now)
        if given and given.state != OrderState.STARTED:
            self.attempt(
                lambda: actions.report_problem(given, kind=kind, noticed_at=self.now, by=by, at=self.now)
            )

    @rule(who=PEOPLE)
    def ask_for_another_bag(self, who) -> None:
        by = self.cast.investigator.actor(self.now)
        self.attempt(lambda: actions.ask_for_another_bag(self.subjects[who], by=by, at=self.now))

    @precondition(lambda self: len(self.started) < 2)
    @rule(who=PEOPLE, bag=PEOPLE, one_person=st.booleans())
    def record_what_happened(self, who, bag, one_person) -> None:
        code = kit_of(self.subjects[bag]).number
        second = {"second_person": None} if one_person else {}
        began_at = self.now - timedelta(minutes=60)
        self.attempt(
            lambda: record(self.subjects[who], self.cast, began_at, now=self.now, bag_code=code, **second)
        )

    @precondition(lambda self: all(standing(one).treatment_stands for one in self.subjects))
    @rule(who=PEOPLE)
    def end_treatment(self, who) -> None:
        """One participant leaves when their bag is ready; nobody has told the pharmacy."""
        given = order_of(self.subjects[who])
        if given and hasattr(given, "release"):
            by, on = self.cast.coordinator.actor(self.now), given.subject.site.date_of(self.now)
            record_withdrawal(given.subject, kind="treatment", on=on, by=by, at=self.now)

    @invariant()
    def afterwards_always_deviates(self) -> None:
        for infusion in Infusion.objects.exclude(why_late=""):
            assert Deviation.objects.filter(form="IN", record_id=infusion.pk, grade="major").exists()
            assert infusion.departures[0] == "recorded_afterwards"

    @invariant()
    def no_bag_is_started_twice(self) -> None:
        now = Infusion.objects.filter(why_late="")
        assert max(Counter(now.values_list("bag_code", flat=True)).values(), default=0) <= 1
        assert max(Counter(now.values_list("subject", flat=True)).values(), default=0) <= 1

    @invariant()
    def one_order_is_open_for_a_slot_and_a_kit(self) -> None:
        active = InfusionOrder.objects.exclude(state=OrderState.CANCELLED)
        assert max(Counter(active.values_list("kit", flat=True)).values(), default=0) <= 1
        for release in Release.objects.select_related("order__slot"):
            assert release.ready_at >= release.order.slot.starts_at - timedelta(minutes=40)

    @invariant()
    def a_released_bag_ends_as_given_or_as_not_given(self) -> None:
        over = [OrderState.FINISHED, OrderState.CANCELLED]
        ended = InfusionOrder.objects.filter(state__in=over, release__isnull=False)
        steps = self.steps()
        for number in ended.values_list("kit__number", flat=True):
            told = steps[number]
            given = Infusion.objects.filter(bag_code=number, stopped_at__isnull=False).exists()
            assert (told["given"] + told["part_given"] > 0) == given
            assert told["not_given"] <= 1
            assert given or told["not_given"] == 1

    def steps(self) -> dict[str, Counter[str]]:
        with closing(self.owner()) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT b.bag, m.step FROM sealed_movement m JOIN sealed_bags() b ON b.kit = m.kit_number"
                " ORDER BY m.id"
            )
            found: dict[str, Counter[str]] = {}
            for kit, step in cursor.fetchall():
                found.setdefault(kit, Counter())[step] += 1
        return found

    @invariant()
    def the_ledger_balances_with_the_shelf(self) -> None:
        with closing(self.owner()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT kit_number, step FROM sealed_movement ORDER BY id")
            counted = balance(cursor.fetchall())
            cursor.execute("SELECT count(*) FROM sealed_kitcontent")
            [(kits,)] = cursor.fetchall()
        assert sum(counted.values()) == kits
        assert (
            counted["assigned"] + counted["bench"] + counted["ready"] + counted["ward"] + counted["waste"]
            >= 2
        )


def test_whatever_is_tried_in_whatever_order(cast, owner) -> None:
    started: list[int] = []

    class Anywhere(Ward):
        """Each sequence in a database of its own."""

        def __init__(self) -> None:
            close_connections()
            clone_template(configured.DATABASES["default"]["NAME"])
            super().__init__()

        def teardown(self) -> None:
            started.extend(self.started)

    Anywhere.cast, Anywhere.owner = cast, staticmethod(owner)
    rounds = settings(
        max_examples=6,
        stateful_step_count=25,
        derandomize=True,
        phases=[Phase.generate],  # a failing sequence is shown as it is: each attempt takes a database
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Anywhere, settings=rounds)
    assert started, "no sequence came to a start"
