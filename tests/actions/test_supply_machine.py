"""Random sequences of what can happen to kits: a shelf kept by hand always equals the ledger's balance, no kit is
given twice, and none that is withdrawn or expired.

The shelf kept by hand knows nothing of the room's functions: it moves a kit when it is told that the step was taken.
"""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from randomization import actions, unblinding
from randomization.models import Kit, Purpose, RandomizationRequest, Step
from randomization.rules.ledger import MOVES, OUTSIDE, balance
from tests.actions.test_supply import SHIPMENT, Pharmacy
from tests.cast import ARMS
from tests.ground import fresh_clone
from tests.secrecy.attacker import Attacker
from trial_site.core.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)
PHARMACY = (Step.RELEASED, Step.QUARANTINED, Step.RETURNED, Step.DESTROYED, Step.WITHDRAWN, Step.LOST)
PAST_GIVING = {Step.NOT_GIVEN, Step.GIVEN, Step.PART_GIVEN, Step.RETURNED}
RESERVE, LAST_PLACE = 2, 36


def test_the_shelf_kept_by_hand_equals_the_ledger(cast, application, owner):
    def shelf() -> Shelf:
        fresh_clone(connection.settings_dict["NAME"])
        return Shelf(cast, Pharmacy(cast), Attacker(application), owner)

    run_state_machine_as_test(
        shelf,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            phases=[Phase.generate],  # a failing sequence is shown as it is: each attempt takes a database
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


class Shelf(RuleBasedStateMachine):
    """Where every kit is, as somebody would note it who watched."""

    def __init__(self, cast, pharmacy: Pharmacy, attacker: Attacker, owner) -> None:
        super().__init__()
        self.ever: dict[str, set[str]] = defaultdict(set)  # the kits that filled a bag
        self.other: set[str] = set()  # those that filled it in the place of another
        self.cast, self.pharmacy, self.attacker, self.owner = cast, pharmacy, attacker, owner
        self.now = datetime.now(UTC)
        kits = pharmacy.stock()
        self.place = {kit.number: kit.place for kit in kits}
        self.arm = {kit.number: kit.arm for kit in kits}
        self.expired: set[str] = set()
        self.withdrawn: set[str] = set()
        self.held = False
        self.given: list[str] = []
        self.fills: dict[str, str] = {}

    def ledger(self):
        return unblinding.ledger(self.pharmacy.look(), by=self.pharmacy.by)

    def look(self, kit: Kit):
        return actions.record_access(
            kit.subject, purpose=Purpose.PREPARE, why="Preparation", by=self.pharmacy.by
        )

    def filling(self, kit: Kit) -> str:
        inside = unblinding.kit_contents(self.look(kit), by=self.pharmacy.by)
        return next(each.filled_from for each in inside if each.kit_number == kit.number)

    def usable(self, arm: str) -> int:
        spoiled = self.expired | self.withdrawn
        return sum(self.place[n] == "shelf" and n not in spoiled for n in self.place if self.arm[n] == arm)

    def left(self) -> tuple[int, int]:
        """Of every arm, whichever arm recent ones were of: as blinded people may know, and for who asks for one."""
        since = (datetime.now(UTC) - timedelta(hours=12)).date()
        recent = [(row.kit_number, row.step) for row in self.ledger() if row.recorded_at.date() >= since]
        taken = [number for number, step in recent if step == "assigned"]
        lot = {kit.number: (kit.arm, kit.lot) for kit in self.pharmacy.stock()}
        shelved = {
            lot[n] for n in self.place if self.place[n] == "shelf" and n not in self.expired | self.withdrawn
        }
        cleared = {lot[n] for n, step in recent if step in ("quarantined", "withdrawn", "lost")} - shelved
        missed = Counter(self.arm[n] for n in taken if n not in self.expired and lot[n] not in cleared)
        other = len(self.other.intersection(taken))
        known = min(self.usable(arm) + missed[arm] for arm in ARMS) - len(taken) + other
        return known, known - max(1, other)

    def fits(self, number: str, step: str) -> bool:
        spoiled = number in self.expired | self.withdrawn and step in ("released", "preparing", "prepared")
        return self.place[number] in MOVES[step] and not spoiled

    def move(self, number: str, step: str) -> None:
        self.place[number] = MOVES[step].get(self.place[number], self.place[number])
        if step == "withdrawn":
            self.withdrawn.add(number)

    def takes(self, number: str, *, of: str | None = None) -> None:
        """A kit goes to a participant."""
        assert number not in self.given, "no kit twice"
        assert number not in self.expired | self.withdrawn, "none that is spoiled"
        assert self.place[number] == "shelf"
        assert of is None or self.arm[number] == of, "never another arm"
        self.given.append(number)
        self.move(number, "assigned")

    @rule(arm=st.sampled_from(ARMS), kits=st.integers(1, 3))
    def receive(self, arm, kits):
        shipment = self.pharmacy.receive(**SHIPMENT | {"arm": arm, "kits": kits})
        for kit in self.pharmacy.stock(shipment=shipment):
            self.place[kit.number], self.arm[kit.number] = "quarantine", arm

    @rule(data=st.data(), step=st.sampled_from(PHARMACY))
    def account(self, data, step):
        number = data.draw(st.sampled_from(sorted(self.place)))
        if self.fits(number, step):
            self.pharmacy.step([number], step, residual_ml=0)
            self.move(number, step)
        else:
            with pytest.raises(Refused):
                self.pharmacy.step([number], step, residual_ml=0)

    @rule(arm=st.sampled_from(ARMS), left=st.integers(0, 3))
    def empty_the_shelf(self, arm, left):
        """Makes the rare case common: one arm is short."""
        shelf = sorted(n for n in self.place if self.arm[n] == arm and self.place[n] == "shelf")
        for number in shelf[left:]:
            self.move(number, "quarantined")
        if shelf[left:]:
            self.pharmacy.step(shelf[left:], Step.QUARANTINED)

    @rule(data=st.data())
    def expire(self, data):
        number = data.draw(st.sampled_from(sorted(self.place)))
        with self.owner() as connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sealed_kitcontent SET expires_on = %s WHERE number = %s", [self.now.date(), number]
            )
        self.expired.add(number)

    @rule(held=st.booleans())
    def hold(self, held):
        actions.set_hold(self.pharmacy.look(), held=held, reason="Stocktaking", by=self.pharmacy.by)
        self.held = held

    @precondition(lambda self: RandomizationRequest.objects.count() < LAST_PLACE)
    @rule()
    def randomize(self):
        unfinished = (
            RandomizationRequest.objects.filter(subject__randomization=None).order_by("place").first()
        )
        if unfinished is None:
            _, pk = self.attacker.committed_request()
            unfinished = RandomizationRequest.objects.get(pk=pk)
        by = self.cast.coordinator.actor(self.now)
        if self.held or self.left()[1] < 1:
            with pytest.raises(Refused):
                actions.complete_request(unfinished, by=by)
            return
        kit = actions.complete_request(unfinished, by=by).kits.get()
        self.takes(self.filling(kit))
        self.fill(kit.number, self.filling(kit))

    @precondition(lambda self: self.fills)
    @rule(data=st.data())
    def second_kit(self, data):
        bag = Kit.objects.get(number=data.draw(st.sampled_from(sorted(self.fills))))
        before, by = set(self.fills), self.cast.investigator.actor(self.now)
        due = self.lost(bag) and self.left()[1] >= 1
        try:
            second = actions.assign_second_kit(bag, cause="attempt", by=by, at=self.now)
        except Refused:
            assert not due, "a request that waits is met as soon as it can be"
            return
        if second.number not in before:
            assert due, "only in the place of a lost bag, while every arm surely has a kit"
            self.takes(self.filling(second), of=self.arm[self.fills[bag.number]])
            self.fill(second.number, self.filling(second))

    def lost(self, bag: Kit) -> bool:
        steps = {row.step for row in self.ledger() if row.kit_number in self.ever[bag.number]}
        return Step.PREPARED in steps and bool(steps & PAST_GIVING)

    def fill(self, bag: str, kit: str) -> None:
        self.fills[bag] = kit
        self.ever[bag].add(kit)

    @precondition(lambda self: self.fills)
    @rule(data=st.data())
    def release(self, data):
        bag = Kit.objects.get(number=data.draw(st.sampled_from(sorted(self.fills))))
        filling = self.fills[bag.number]
        steps = [Step.PREPARING] * (self.place[filling] == "assigned") + [Step.PREPARED]
        if not self.fits(filling, steps[0]):
            with pytest.raises(Refused):
                self.store_preparation(bag)
            return
        self.store_preparation(bag)
        for step in steps:
            self.move(filling, step)

    def store_preparation(self, bag: Kit) -> None:
        actions.store_preparation(
            self.look(bag),
            kit=bag.number,
            thawed_at=self.now,
            cells_millions=Decimal(100),
            viability_percent=Decimal(90),
            volume_ml=Decimal(50),
            checked_by=self.cast.second_pharmacist.staff,
            use_by=self.now,
            by=self.pharmacy.by,
        )

    @precondition(lambda self: self.fills)
    @rule(data=st.data(), step=st.sampled_from([Step.PREPARING, Step.FAILED]))
    def prepare(self, data, step):
        bag = Kit.objects.get(number=data.draw(st.sampled_from(sorted(self.fills))))
        filling, access = self.fills[bag.number], self.look(bag)
        how = {"kit": bag, "step": step, "by": self.pharmacy.by, "at": self.now}
        if self.fits(filling, step):
            actions.record_preparation_step(access, **how)
            self.move(filling, step)
        else:
            with pytest.raises(Refused):
                actions.record_preparation_step(access, **how)

    @precondition(lambda self: self.fills)
    @rule(data=st.data())
    def substitute(self, data):
        bag = Kit.objects.get(number=data.draw(st.sampled_from(sorted(self.fills))))
        filling, access = self.fills[bag.number], self.look(bag)
        arm = self.arm[filling]
        if self.place[filling] in ("waste", "lost", "destroyed") and self.usable(arm):
            actions.substitute_kit(access, kit=bag, by=self.pharmacy.by)
            self.fill(bag.number, self.filling(bag))
            self.takes(self.fills[bag.number], of=arm)
            self.other.add(self.fills[bag.number])
        elif self.usable(arm):
            with pytest.raises(Refused):
                actions.substitute_kit(access, kit=bag, by=self.pharmacy.by)
        else:
            assert not actions.substitute_kit(access, kit=bag, by=self.pharmacy.by)

    @precondition(lambda self: self.fills)
    @rule(data=st.data(), step=st.sampled_from(OUTSIDE))
    def bedside(self, data, step):
        bag = Kit.objects.get(number=data.draw(st.sampled_from(sorted(self.fills))))
        who = self.cast.investigator if step == Step.ORDERED else self.cast.nurse
        actions.record_kit_step(bag, step=step, by=who.actor(self.now), at=self.now)
        self.move(self.fills[bag.number], step)

    @invariant()
    def the_ledger_and_the_room_say_the_same(self):
        assert {kit.number: kit.place for kit in self.pharmacy.stock()} == self.place
        assert balance((row.kit_number, row.step) for row in self.ledger()) == Counter(self.place.values())

    @invariant()
    def supply_is_open_while_every_arm_surely_has_more_than_the_reserve(self):
        """But for kits that fill another bag: what nobody blinded knows does not close it."""
        assert actions.supply_open(self.cast.site) == (self.left()[0] > RESERVE and not self.held)
