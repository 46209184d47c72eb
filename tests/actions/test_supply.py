"""What the pharmacy does with its kits, and what it may see: receive, release and destroy by two, withdraw, hold."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from outcomes.tasks import send_notices
from randomization import actions, unblinding
from randomization.models import AccessRecord, RecallCause, Step
from randomization.rules.kit_numbers import is_kit_number
from randomization.rules.stock import accounts, by_arm, in_stock
from randomization.selectors import kit_of
from tests.cast import ARMS
from tests.custody import filling
from tests.story import participant_at, troupe
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice
from trial_site.simulation.pharmacy import resupply

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC).replace(microsecond=0)
SYSTEM = Actor.system("watch supply")
SHIPMENT = {
    "arm": ARMS[0],
    "lot": "LOT-NEW",
    "expires_on": NOW.date() + timedelta(days=300),
    "kits": 6,
    "vials": 2,
    "storage_place": "Tank 1, shelf 3",
    "received_at": NOW - timedelta(hours=1),
    "condition": "Seals unbroken",
    "warmest_c": Decimal("-151.5"),
    "coldest_c": Decimal(-180),
    "excursion": "",
}


@pytest.fixture
def pharmacy(cast):
    return Pharmacy(cast)


class Pharmacy:
    """The pharmacist at work: every step after an access record of its own."""

    def __init__(self, cast) -> None:
        self.cast, self.by = cast, cast.pharmacist.actor(NOW)

    def look(self, shipment: str = "") -> AccessRecord:
        return actions.record_supply_access(self.cast.site, shipment=shipment, by=self.by)

    def stock(self, **where):
        kits = unblinding.stock(self.look(), by=self.by)
        return [kit for kit in kits if all(getattr(kit, name) == value for name, value in where.items())]

    def receive(self, **changes) -> str:
        access = actions.announce_shipment(self.cast.site, by=self.by)
        actions.receive_shipment(access, values=SHIPMENT | changes, by=self.by, at=NOW)
        return access.shipment

    def step(self, kits: list[str], step: str, **how) -> None:
        two = {"second_person": self.cast.second_pharmacist.staff, "second_password": self.cast.password}
        how = (two if step in (Step.RELEASED, Step.DESTROYED) else {}) | how
        actions.account_for_kits(self.look(), kits=kits, step=step, by=self.by, at=NOW, **how)

    def hold(self) -> None:
        actions.set_hold(self.look(), held=True, reason="CANARY", by=self.by)

    def numbers(self, shipment: str, place: str = "quarantine") -> list[str]:
        return [kit.number for kit in self.stock(shipment=shipment, place=place)]


def test_a_shipment_lies_in_quarantine_until_two_pharmacists_release_it(pharmacy):
    shipment = pharmacy.receive()
    arrived = pharmacy.stock(shipment=shipment)
    assert {(kit.place, kit.usable, kit.arm, kit.lot, kit.vials) for kit in arrived} == {
        ("quarantine", False, ARMS[0], "LOT-NEW", 2)
    }
    assert len(arrived) == 6
    assert all(is_kit_number(kit.number) for kit in arrived)
    numbers = pharmacy.numbers(shipment)
    pharmacy.step(numbers[:4], Step.RELEASED)
    assert Counter((kit.place, kit.usable) for kit in pharmacy.stock(shipment=shipment)) == {
        ("shelf", True): 4,
        ("quarantine", False): 2,
    }
    rows = [
        row for row in unblinding.ledger(pharmacy.look(shipment), by=pharmacy.by) if row.step == "released"
    ]
    people = (pharmacy.by.id, pharmacy.cast.second_pharmacist.staff.pk)
    assert {(row.person_id, row.second_person_id) for row in rows} == {people}


def test_a_look_at_one_shipment_shows_no_other(pharmacy):
    shipment = pharmacy.receive()
    access = pharmacy.look(shipment)
    assert {kit.shipment for kit in unblinding.stock(access, by=pharmacy.by)} == {shipment}
    assert [each.number for each in unblinding.shipments(access, by=pharmacy.by)] == [shipment]
    other = pharmacy.stock(lot=f"LOT-{ARMS[1]}", place="shelf")[0].number
    with pytest.raises(Refused):
        actions.account_for_kits(access, kits=[other], step=Step.LOST, by=pharmacy.by, at=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": NOW + timedelta(hours=1)}, "received_at"),
        ({"expires_on": NOW.date() - timedelta(days=1)}, "expires_on"),
        ({"coldest_c": Decimal(-100)}, "coldest_c"),
        ({"warmest_c": Decimal(-90)}, "excursion"),
    ],
)
def test_what_cannot_be_right_is_refused_beside_its_field(pharmacy, change, field):
    with pytest.raises(Refused) as refused:
        pharmacy.receive(**change)
    assert list(refused.value.fields) == [field]
    assert not pharmacy.stock(lot="LOT-NEW")


def test_an_excursion_that_is_explained_is_kept(pharmacy):
    shipment = pharmacy.receive(warmest_c=Decimal(-90), excursion="Two hours; the maker agrees to use")
    [arrived] = unblinding.shipments(pharmacy.look(shipment), by=pharmacy.by)
    assert (arrived.warmest_c, arrived.excursion) == (Decimal("-90.0"), "Two hours; the maker agrees to use")


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"second_person": None}, "second_person"),
        ({"second_password": "wrong"}, "second_password"),
        ({"second_person": "pharmacist"}, "second_person"),
        ({"second_person": "nurse"}, "second_person"),
    ],
)
def test_release_takes_two_people_who_may(pharmacy, how, field):
    shipment = pharmacy.receive()
    if isinstance(how.get("second_person"), str):
        how = {"second_person": getattr(pharmacy.cast, how["second_person"]).staff}
    with pytest.raises(Refused) as refused:
        pharmacy.step(pharmacy.numbers(shipment), Step.RELEASED, **how)
    assert list(refused.value.fields) == [field]
    assert len(pharmacy.numbers(shipment)) == 6


def test_destruction_names_what_was_left_and_comes_after_the_return(pharmacy):
    subject, now = participant_at("released")
    kit = kit_of(subject)
    [inside] = [each.number for each in pharmacy.stock() if each.bag == kit.number]
    for step in (Step.HANDED_OVER, Step.STARTED, Step.PART_GIVEN):
        actions.record_kit_step(kit, step=step, by=pharmacy.cast.nurse.actor(now), at=now)
    with pytest.raises(Refused):
        pharmacy.step([inside], Step.DESTROYED, residual_ml=Decimal("12.5"))
    pharmacy.step([inside], Step.RETURNED, note="Bag and line, sleeve intact")
    with pytest.raises(Refused) as refused:
        pharmacy.step([inside], Step.DESTROYED)
    assert list(refused.value.fields) == ["residual_ml"]
    pharmacy.step([inside], Step.DESTROYED, residual_ml=Decimal("12.5"))
    last = unblinding.ledger(pharmacy.look(), by=pharmacy.by)[-1]
    assert (last.step, last.residual_ml, last.place) == ("destroyed", Decimal("12.5"), "destroyed")


def test_several_kits_move_together_or_not_at_all(pharmacy):
    shipment = pharmacy.receive()
    numbers = pharmacy.numbers(shipment)
    on_shelf = pharmacy.stock(place="shelf")[0].number
    with pytest.raises(Refused):
        pharmacy.step([*numbers, on_shelf], Step.RELEASED)
    assert pharmacy.numbers(shipment) == numbers


def test_the_unblinded_monitor_reads_and_writes_nothing(cast, pharmacy):
    monitor = cast.unblinded_monitor.actor(NOW)
    access = actions.record_supply_access(cast.site, by=monitor)
    assert unblinding.stock(access, by=monitor)
    assert not unblinding.hold(access, by=monitor).held
    with pytest.raises(NotAllowed):
        actions.set_hold(access, held=True, reason="Stocktaking", by=monitor)
    with pytest.raises(Refused, match="The sealed room refuses"):
        actions.set_hold(access, held=True, reason="Stocktaking", by=pharmacy.by)


def test_nobody_blinded_gets_an_access_record(cast):
    for who in (cast.coordinator, cast.principal, cast.monitor, cast.nurse, cast.inspector):
        with pytest.raises(NotAllowed):
            actions.record_supply_access(cast.site, by=who.actor(NOW))
    assert not AccessRecord.objects.exists()


def test_a_hold_closes_the_supply_and_says_nothing_of_its_reason(cast, pharmacy):
    assert actions.supply_open(cast.site)
    actions.set_hold(pharmacy.look(), held=True, reason="CANARY delivery", by=pharmacy.by)
    assert not actions.supply_open(cast.site)
    assert unblinding.hold(pharmacy.look(), by=pharmacy.by).reason == "CANARY delivery"
    assert not [event for event in Event.objects.all() if "CANARY" in str(event.new)]
    actions.set_hold(pharmacy.look(), held=False, reason="Delivered", by=pharmacy.by)
    assert actions.supply_open(cast.site)


def test_a_withdrawn_lot_is_traced_to_its_participants_and_the_medical_monitor_is_asked_to_call(
    cast, pharmacy, owner
):
    told_in_the_ledger = [participant_at("infused", seed=seed) for seed in range(4)]
    for subject, now in told_in_the_ledger:
        actions.record_kit_step(kit_of(subject), step=Step.GIVEN, by=cast.nurse.actor(now), at=now)
    subjects = [subject for subject, _ in told_in_the_ledger]
    kits = {filling(owner, kit_of(subject).number): subject.number for subject in subjects}
    lot = next(kit.lot for kit in pharmacy.stock() if kit.number in kits)
    concerned = {kits[kit.number] for kit in pharmacy.stock(lot=lot) if kit.number in kits}
    before = Notice.objects.count()
    withdrawn = actions.withdraw_lot(
        pharmacy.look(), lot=lot, cause=RecallCause.STERILITY, note="Growth on day 7", by=pharmacy.by, at=NOW
    )
    assert withdrawn == len(pharmacy.stock(lot=lot)) == 24
    assert not any(kit.usable for kit in pharmacy.stock(lot=lot))
    traced = unblinding.trace(pharmacy.look(), lot=lot, by=pharmacy.by)
    assert {each.participant for each in traced if each.given} == concerned
    assert [(each.lot, each.cause) for each in unblinding.recalls(pharmacy.look(), by=pharmacy.by)] == [
        (lot, "sterility")
    ]
    told = Notice.objects.all()[before:]
    assert [(notice.kind, notice.recipient) for notice in told] == [
        ("pharmacy_call", cast.medical_monitor.staff)
    ]
    assert not [event for event in Event.objects.all() if "Growth" in str(event.new) or lot in str(event.new)]


def test_no_kit_of_a_withdrawn_lot_is_given_to_anybody(cast, pharmacy):
    subject, now = participant_at("ready")
    actions.withdraw_lot(
        pharmacy.look(), lot=f"LOT-{ARMS[0]}", cause=RecallCause.DONOR, note="", by=pharmacy.by, at=NOW
    )
    with pytest.raises(Refused, match="Supply hold: call the pharmacy"):
        actions.randomize(subject, by=cast.coordinator.actor(now), at=now)


def test_a_lot_is_withdrawn_once(pharmacy):
    how = {"lot": f"LOT-{ARMS[0]}", "cause": RecallCause.LOT, "note": "", "by": pharmacy.by, "at": NOW}
    actions.withdraw_lot(pharmacy.look(), **how)
    with pytest.raises(Refused) as refused:
        actions.withdraw_lot(pharmacy.look(), **how)
    assert list(refused.value.fields) == ["lot"]


def test_the_ledger_replayed_leads_to_the_shelf(pharmacy):
    participant_at("infused")
    shipment = pharmacy.receive()
    pharmacy.step(pharmacy.numbers(shipment)[:3], Step.RELEASED)
    pharmacy.step(pharmacy.numbers(shipment)[:1], Step.LOST)
    kits, ledger = pharmacy.stock(), unblinding.ledger(pharmacy.look(), by=pharmacy.by)
    assert all(account.agrees for account in accounts(kits, ledger))
    assert in_stock(ledger) == len(kits) - 1


def test_each_arm_is_counted_and_said_to_be_short(pharmacy):
    hold = unblinding.hold(pharmacy.look(), by=pharmacy.by)
    cells = by_arm(pharmacy.stock(), ARMS)[0]
    assert (cells.usable, cells.is_short(hold), cells.closes_supply(hold)) == (24, False, False)
    shelf = [kit.number for kit in pharmacy.stock(arm=ARMS[0])]
    pharmacy.step(shelf[:19], Step.QUARANTINED)
    cells = by_arm(pharmacy.stock(), ARMS)[0]
    assert (cells.usable, cells.is_short(hold), cells.closes_supply(hold)) == (5, True, False)
    pharmacy.step(shelf[19:22], Step.QUARANTINED)
    assert by_arm(pharmacy.stock(), ARMS)[0].closes_supply(hold)
    assert not actions.supply_open(pharmacy.cast.site)


def test_unblinded_staff_are_warned_once_a_week_and_nobody_else(cast, pharmacy, owner, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    actions.warn_of_low_supply(by=SYSTEM, at=NOW)
    assert told(cast.site) == set()
    shelf = [kit.number for kit in pharmacy.stock(arm=ARMS[1])]
    pharmacy.step(shelf[:19], Step.QUARANTINED)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sealed_movement DISABLE TRIGGER audit_append_only")
        cursor.execute("UPDATE sealed_movement SET recorded_at = recorded_at - interval '1 day'")
    for _ in range(2):
        actions.warn_of_low_supply(by=SYSTEM, at=NOW)
    people = {cast.pharmacist.staff, cast.second_pharmacist.staff, cast.unblinded_monitor.staff}
    assert told(cast.site) == people
    send_notices()
    letters = [mail for mail in mailoutbox if "01" in mail.body]
    assert {mail.to[0] for mail in letters} == {person.email for person in people}
    assert not [mail for mail in mailoutbox if "CANARY" in mail.body or "19" in mail.body]


def told(site) -> set:
    return {notice.recipient for notice in Notice.objects.filter(kind="supply", site=site)}


def test_the_simulated_pharmacy_is_supplied_again(cast, pharmacy):
    resupply(cast.site, troupe(), arms=ARMS, at=NOW)
    arrived = [kit for kit in pharmacy.stock(place="quarantine") if kit.lot.startswith("DEMO-NEXT")]
    assert Counter(kit.arm for kit in arrived) == dict.fromkeys(ARMS, 4)
