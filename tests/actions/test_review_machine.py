"""Random sequences of review: what somebody would note by hand who watched equals queries, marks and freezes."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from outcomes.models import VitalSigns
from tests.followed import Followed
from trial_site.core.errors import Refused
from trial_site.monitoring import actions
from trial_site.monitoring.models import MOVES, QUERY_TRANSITIONS, Freeze, Query, QueryState, Scope
from trial_site.monitoring.selectors import ref_of
from trial_site.monitoring.verification import marks_of

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = st.sampled_from(["heart_rate", "respiratory_rate"])
MOVING = {
    "answer": actions.answer_query,
    "close": actions.close_query,
    "reopen": actions.reopen_query,
    "cancel": actions.cancel_query,
}
MOST_STEPS = 30


def test_review_kept_by_hand_equals_the_database(followed):
    followed.record()
    run_state_machine_as_test(
        lambda: Review(followed),
        settings=settings(
            max_examples=5,
            stateful_step_count=MOST_STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


class Review(RuleBasedStateMachine):
    """Queries by state, fields whose mark stands, and whether the record is frozen."""

    def __init__(self, followed: Followed) -> None:
        super().__init__()
        self.followed, self.cast, self.at = followed, followed.cast, followed.now
        self.monitor = self.cast.monitor.actor(self.at)
        self.manager = self.cast.data_manager.actor(self.at)
        self.queries: dict[str, str] = {}
        self.standing: set[str] = set()
        self.frozen = False
        for field in ("heart_rate", "respiratory_rate"):
            self.take_back_mark(field)

    @property
    def vitals(self) -> VitalSigns:
        return VitalSigns.objects.select_related("subject").get(visit__code="D7")

    def ref(self, field: str = ""):
        return ref_of("VS", self.vitals, field)

    @precondition(lambda self: len(self.queries) < 5)
    @rule(field=FIELDS)
    def ask(self, field: str) -> None:
        given = {"by": self.monitor, "at": self.at}
        query = actions.open_query(self.ref(field), text="Right?", origin=Query.Origin.PERSON, **given)
        self.queries[query.number] = QueryState.OPEN

    @precondition(lambda self: self.queries)
    @rule(which=st.integers(0, 4), verb=st.sampled_from(sorted(MOVES)))
    def move(self, which: int, verb: str) -> None:
        number = sorted(self.queries)[which % len(self.queries)]
        target = MOVES[verb].target
        by = self.followed.coordinator if verb == "answer" else self.monitor
        fits = target in QUERY_TRANSITIONS[self.queries[number]]
        self.tried(fits, MOVING[verb], Query.objects.get(number=number), text="So it is.", by=by, at=self.at)
        if fits:
            self.queries[number] = target

    @rule(field=FIELDS)
    def verify(self, field: str) -> None:
        actions.verify([self.ref(field)], by=self.monitor, at=self.at)
        self.standing.add(field)

    @rule(field=FIELDS)
    def take_back_mark(self, field: str) -> None:
        actions.take_back([self.ref(field)], by=self.monitor, at=self.at)
        self.standing.discard(field)

    @rule(field=FIELDS)
    def correct(self, field: str) -> None:
        vitals = self.vitals
        other = {field: {80: 82, 82: 80, 18: 20, 20: 18}[getattr(vitals, field)]}
        self.tried(not self.frozen, self.followed.amend, vitals, version=vitals.version, **other)
        if not self.frozen:
            self.standing.discard(field)

    @rule()
    def freeze(self) -> None:
        fits = not self.frozen and not {QueryState.OPEN, QueryState.ANSWERED} & set(self.queries.values())
        self.tried(fits, actions.freeze, self.ref(), scope=Scope.RECORD, by=self.manager, at=self.at)
        self.frozen = self.frozen or fits

    @precondition(lambda self: self.frozen)
    @rule()
    def lift(self) -> None:
        freeze = Freeze.objects.get(lifted_at=None)
        actions.lift(freeze, reason="A value is wrong", by=self.manager, at=self.at)
        self.frozen = False

    def tried(self, fits: bool, act, *args, **given) -> None:
        if fits:
            act(*args, **given)
            return
        with pytest.raises(Refused):
            act(*args, **given)

    @invariant()
    def it_is_as_noted(self) -> None:
        found = dict(Query.objects.filter(number__in=self.queries).values_list("number", "state"))
        assert found == self.queries
        marks = marks_of(self.followed.subject.number)
        assert {field for (_f, _r, field), mark in marks.items() if mark.fell is None} == self.standing
        assert Freeze.objects.filter(lifted_at=None).exists() is self.frozen

    def teardown(self) -> None:
        """The next example begins with everything settled."""
        if self.frozen:
            self.lift()
        for query in Query.objects.filter(state__in=[QueryState.OPEN, QueryState.ANSWERED]):
            actions.close_query(query, by=self.monitor, at=self.at)
