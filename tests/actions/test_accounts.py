"""The unblinded monitor asks, the pharmacist answers, the accounts are closed; blinded people learn one word."""

from datetime import UTC, datetime

import pytest

from randomization import actions, unblinding
from randomization.models import Step
from randomization.selectors import kit_of
from tests.actions.test_supply import Pharmacy
from tests.cast import PASSWORD
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.casebook.selectors.checklist import Locking, open_accounts
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import QUERY_TRANSITIONS, Query
from trial_site.monitoring.selectors import queries_for

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC).replace(microsecond=0)


class Accounts:
    """Monitor and pharmacist at the same desk, each after an access record of their own."""

    def __init__(self, cast) -> None:
        self.site, self.pharmacy = cast.site, Pharmacy(cast)
        self.monitor, self.pharmacist = cast.unblinded_monitor.actor(NOW), cast.pharmacist.actor(NOW)

    def look(self, by):
        return actions.record_supply_access(self.site, by=by)

    @property
    def queries(self):
        return unblinding.pharmacy_queries(self.look(self.monitor), by=self.monitor)

    def ask(self, about: str = "", text: str = "CANARY: who thawed it?", by=None) -> str:
        by = by or self.monitor
        before = {query.number for query in self.queries}
        actions.ask_pharmacy(self.look(by), about=about, text=text, by=by)
        [number] = {query.number for query in self.queries} - before
        return number

    def move(self, number: str, verb: str, by, text: str = "CANARY") -> None:
        actions.move_pharmacy_query(self.look(by), number=number, verb=verb, text=text, by=by)

    def close(self, password: str = PASSWORD, note: str = "Counted on site.") -> None:
        by = self.monitor
        actions.close_accounts(self.look(by), note=note, password=password, by=by, at=NOW)


@pytest.fixture
def accounts(cast) -> Accounts:
    return Accounts(cast)


def test_the_monitor_asks_the_pharmacist_answers_the_monitor_closes(accounts):
    kit = accounts.pharmacy.stock()[0].number
    number = accounts.ask(about=kit)
    accounts.move(number, "answer", accounts.pharmacist)
    accounts.move(number, "reopen", accounts.monitor)
    accounts.move(number, "answer", accounts.pharmacist)
    accounts.move(number, "close", accounts.monitor, text="")
    [query] = accounts.queries
    assert (query.about, query.state, query.is_unsettled) == (kit, "closed", False)
    assert [(said.state, said.person_id) for said in query.messages] == [
        ("open", accounts.monitor.id),
        ("answered", accounts.pharmacist.id),
        ("open", accounts.monitor.id),
        ("answered", accounts.pharmacist.id),
        ("closed", accounts.monitor.id),
    ]


def test_the_room_knows_the_same_steps_of_a_query_as_everybody_else(owner):
    with owner().cursor() as cursor:
        for was in QUERY_TRANSITIONS:
            for becomes in QUERY_TRANSITIONS:
                cursor.execute("SELECT sealed_query_step(%s, %s)", [was, becomes])
                [by_pharmacist] = cursor.fetchone()
                assert (by_pharmacist is not None) == (becomes in QUERY_TRANSITIONS[was]), (was, becomes)
                assert bool(by_pharmacist) == (becomes == "answered" and was == "open")


def test_what_does_not_fit_is_refused_and_writes_nothing(accounts):
    number = accounts.ask()
    with pytest.raises(NotAllowed):
        accounts.ask(by=accounts.pharmacist)
    with pytest.raises(NotAllowed):
        accounts.move(number, "answer", accounts.monitor)
    with pytest.raises(NotAllowed):
        accounts.move(number, "close", accounts.pharmacist)
    with pytest.raises(Refused, match="stands otherwise"):
        accounts.move(number, "reopen", accounts.monitor)
    for nothing in ({"text": " "}, {"about": "0000000"}):
        with pytest.raises(Refused):
            accounts.ask(**nothing)
    assert [len(query.messages) for query in accounts.queries] == [1]


def test_nothing_of_it_is_outside_the_room_not_even_the_count(cast, accounts):
    before = Event.objects.exclude(table="randomization_accessrecord").count()
    looked = set(Event.objects.filter(table="randomization_accessrecord").values_list("action", "reason"))
    accounts.move(accounts.ask(), "answer", accounts.pharmacist)
    assert Event.objects.exclude(table="randomization_accessrecord").count() == before
    after = set(Event.objects.filter(table="randomization_accessrecord").values_list("action", "reason"))
    assert len(after | looked) == 1, "a look for a query looks like every other look"
    assert not Query.objects.exists()
    for blinded in (cast.monitor, cast.data_manager, cast.coordinator, cast.inspector):
        assert not queries_for(blinded.actor(NOW)).exists()


def test_accounts_are_closed_by_a_signature_once_everything_is_settled(accounts):
    number = accounts.ask()
    with pytest.raises(Refused, match="unsettled"):
        accounts.close()
    accounts.move(number, "cancel", accounts.monitor)
    for wrong in ({"password": "a guess"}, {"note": " "}):
        with pytest.raises(Refused):
            accounts.close(**wrong)
    assert not actions.accounts_closed(accounts.site)
    accounts.close()
    assert actions.accounts_closed(accounts.site)
    with pytest.raises(Refused):
        accounts.close()


def test_a_kit_on_its_way_keeps_the_accounts_open(accounts):
    subject, _now = participant_at("randomized")
    with pytest.raises(Refused, match="between the pharmacy and a participant"):
        accounts.close()
    bag = kit_of(subject).number
    accounts.pharmacy.step([kit.number for kit in accounts.pharmacy.stock(bag=bag)], Step.LOST)
    accounts.close()


def test_whatever_the_pharmacy_writes_opens_them_again(accounts):
    accounts.close()
    accounts.pharmacy.receive()
    assert not actions.accounts_closed(accounts.site)
    accounts.close()
    accounts.ask()
    assert not actions.accounts_closed(accounts.site)
    accounts.move(accounts.queries[0].number, "close", accounts.monitor, text="")
    accounts.close()
    by = accounts.monitor
    actions.open_accounts(accounts.look(by), note="A paper is missing.", by=by)
    assert not actions.accounts_closed(accounts.site)
    closures = unblinding.closures(accounts.look(by), by=by)
    assert [(each.closed, each.stands) for each in closures] == [(False, False)] + [(True, False)] * 3


def test_a_pharmacist_closes_nothing(accounts):
    by = accounts.pharmacist
    with pytest.raises(NotAllowed):
        actions.close_accounts(accounts.look(by), note="Done", password=PASSWORD, by=by, at=NOW)


def test_the_checklist_says_one_word_whatever_is_open(accounts):
    def said() -> set[str]:
        return {loose.name for loose in open_accounts(Locking(accounts.site, NOW))}

    untouched = said()
    for _turn in range(3):
        accounts.ask()
    assert said() == untouched == {f"{accounts.site}: not closed by the unblinded monitor"}
    for query in accounts.queries:
        accounts.move(query.number, "close", accounts.monitor, text="")
    accounts.close()
    assert said() == set()
