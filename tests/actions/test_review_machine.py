"""Random sequences of review: what somebody would note by hand who watched equals queries, marks, signatures,
freezes and locks; nothing changes under them, and every screen counts the same."""

from importlib import import_module
from types import SimpleNamespace

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
from tests.cast import PASSWORD
from tests.followed import Followed
from trial_site.casebook import actions as deciding
from trial_site.casebook import selectors
from trial_site.core.errors import Refused
from trial_site.monitoring import actions
from trial_site.monitoring.models import (
    LOCKS,
    MOVES,
    QUERY_TRANSITIONS,
    Freeze,
    Query,
    QueryState,
    RecordRef,
    Scope,
    Signature,
)
from trial_site.monitoring.scopes import stands
from trial_site.monitoring.selectors import open_queries, ref_of
from trial_site.monitoring.verification import marks_of

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = st.sampled_from(["heart_rate", "respiratory_rate"])
FROZEN = st.sampled_from([Scope.RECORD, Scope.VISIT, Scope.PARTICIPANT])
LOCKED = st.sampled_from(LOCKS)
UNSETTLED = {QueryState.OPEN, QueryState.ANSWERED}
MOVING = {
    "answer": actions.answer_query,
    "close": actions.close_query,
    "reopen": actions.reopen_query,
    "cancel": actions.cancel_query,
}
MOST_STEPS = 28


def test_review_kept_by_hand_equals_the_database(followed, monkeypatch):
    """Of the checklist one line is asked, settled queries: a study of one visit never meets the others."""
    checklist = import_module("trial_site.casebook.selectors.checklist")
    asked = [one for one in checklist.REQUIREMENTS if one.open is checklist.unsettled_queries]
    monkeypatch.setattr(checklist, "REQUIREMENTS", asked)
    followed.record()
    for scope in Scope.values:
        Review(followed).holds_alone(scope)
    run_state_machine_as_test(
        lambda: Review(followed),
        settings=settings(
            max_examples=5,
            stateful_step_count=MOST_STEPS,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


class Review(RuleBasedStateMachine):
    """Queries by state, fields whose mark stands, signatures and whether they do, and what is frozen or locked."""

    def __init__(self, followed: Followed) -> None:
        super().__init__()
        self.followed, self.cast, self.at = followed, followed.cast, followed.now
        people = ("monitor", "data_manager", "statistician")
        self.by = SimpleNamespace(**{name: getattr(self.cast, name).actor(self.at) for name in people})
        self.queries: dict[str, str] = {}
        self.standing: set[str] = set()
        self.signed: dict[int, bool] = {}
        self.in_force: set[str] = set()
        for field in ("heart_rate", "respiratory_rate"):
            self.take_back_mark(field)

    def holds_alone(self, scope: str) -> None:
        """The random steps mix freezes and locks: one would hide that another holds nothing."""
        (self.lock if scope in LOCKS else self.freeze)(scope)
        for step in (self.correct, self.verify, self.ask):
            step("heart_rate")
        self.sign(Scope.RECORD)
        if not self.is_locked:
            self.settle()
        self.free()

    def free(self) -> None:
        if Scope.DATABASE in self.in_force:
            self.unlock_together("statistician")
        while self.in_force:
            self.lift(0)

    @property
    def vitals(self) -> VitalSigns:
        found = VitalSigns.objects.select_related("subject__site", "visit__subject")
        return found.get(visit__code="D7")

    @property
    def is_locked(self) -> bool:
        return bool(self.in_force & set(LOCKS))

    @property
    def is_unsettled(self) -> bool:
        return bool(UNSETTLED & set(self.queries.values()))

    def ref(self, field: str = "") -> RecordRef:
        return ref_of("VS", self.vitals, field)

    def covering(self, scope: str) -> RecordRef:
        vitals = self.vitals
        return {
            Scope.RECORD: lambda: ref_of("VS", vitals),
            Scope.VISIT: lambda: ref_of("VI", vitals.visit),
            Scope.PARTICIPANT: lambda: ref_of("SU", vitals.subject),
        }[scope]()

    @precondition(lambda self: len(self.queries) < 5)
    @rule(field=FIELDS)
    def ask(self, field: str) -> None:
        given = {"text": "Right?", "origin": Query.Origin.PERSON, "by": self.by.monitor, "at": self.at}
        query = self.tried(not self.is_locked, actions.open_query, self.ref(field), **given)
        if query:
            self.queries[query.number] = QueryState.OPEN

    @precondition(lambda self: self.queries)
    @rule(which=st.integers(0, 4), verb=st.sampled_from(sorted(MOVES)))
    def move(self, which: int, verb: str) -> None:
        number = sorted(self.queries)[which % len(self.queries)]
        target = MOVES[verb].target
        by = self.followed.coordinator if verb == "answer" else self.by.monitor
        fits = target in QUERY_TRANSITIONS[self.queries[number]] and not self.is_locked
        self.tried(fits, MOVING[verb], Query.objects.get(number=number), text="So it is.", by=by, at=self.at)
        if fits:
            self.queries[number] = target

    @precondition(lambda self: self.is_unsettled and not self.is_locked)
    @rule()
    def settle(self) -> None:
        """Locks and freezes come within reach."""
        for number, state in self.queries.items():
            if state in UNSETTLED:
                actions.close_query(Query.objects.get(number=number), by=self.by.monitor, at=self.at)
                self.queries[number] = QueryState.CLOSED

    @rule(field=FIELDS)
    def verify(self, field: str) -> None:
        fits = not self.is_locked
        self.tried(fits, actions.verify, [self.ref(field)], by=self.by.monitor, at=self.at)
        if fits:
            self.standing.add(field)

    @rule(field=FIELDS)
    def take_back_mark(self, field: str) -> None:
        fits = not self.is_locked
        self.tried(fits, actions.take_back, [self.ref(field)], by=self.by.monitor, at=self.at)
        if fits:
            self.standing.discard(field)

    @rule(field=FIELDS)
    def correct(self, field: str) -> None:
        vitals = self.vitals
        other = {
            field: {80: 82, 82: 84, 84: 86, 86: 88}.get(getattr(vitals, field), getattr(vitals, field) + 1)
        }
        fits = not self.in_force
        self.tried(fits, self.followed.amend, vitals, version=vitals.version, **other)
        if fits:
            self.standing.discard(field)
            self.signed = dict.fromkeys(self.signed, False)

    @precondition(lambda self: len(self.signed) < 3)
    @rule(scope=FROZEN)
    def sign(self, scope: str) -> None:
        given = {"scope": scope, "password": PASSWORD, "by": self.followed.investigator, "at": self.at}
        signature = self.tried(not self.is_locked, actions.sign_reviewed, self.covering(scope), **given)
        if signature:
            self.signed[signature.pk] = True

    @rule(scope=FROZEN)
    def freeze(self, scope: str) -> None:
        fits = scope not in self.in_force and not self.is_unsettled
        given = {"scope": scope, "by": self.by.data_manager, "at": self.at}
        self.tried(fits, actions.freeze, self.covering(scope), **given)
        if fits:
            self.in_force.add(scope)

    @rule(scope=LOCKED)
    def lock(self, scope: str) -> None:
        fits = scope not in self.in_force and not self.is_unsettled
        site = self.cast.site if scope == Scope.SITE else None
        self.tried(fits, deciding.lock, site, by=self.by.data_manager, at=self.at)
        if fits:
            self.in_force.add(scope)

    @precondition(lambda self: self.in_force)
    @rule(which=st.integers(0, 4))
    def lift(self, which: int) -> None:
        """One person lifts everything but the lock of the database."""
        scope = sorted(self.in_force)[which % len(self.in_force)]
        given = {"reason": "A value is wrong", "by": self.by.data_manager, "at": self.at}
        self.tried(scope != Scope.DATABASE, actions.lift, self.placed(scope), **given)
        if scope != Scope.DATABASE:
            self.in_force.discard(scope)

    @precondition(lambda self: Scope.DATABASE in self.in_force)
    @rule(second=st.sampled_from(["statistician", "data_manager", "monitor"]))
    def unlock_together(self, second: str) -> None:
        """Not with oneself, nor with somebody who may not."""
        given = {"reason": "A death was reported late", "by": self.by.data_manager, "at": self.at}
        other = {"second_person": getattr(self.cast, second).staff, "second_password": PASSWORD}
        fits = second == "statistician"
        self.tried(fits, actions.unlock_database, self.placed(Scope.DATABASE), **other, **given)
        if fits:
            self.in_force.discard(Scope.DATABASE)

    def placed(self, scope: str) -> Freeze:
        return Freeze.objects.get(scope=scope, lifted_at=None)

    def tried(self, fits: bool, act, *args, **given):
        if fits:
            return act(*args, **given)
        with pytest.raises(Refused):
            act(*args, **given)
        return None

    @invariant()
    def it_is_as_noted(self) -> None:
        found = dict(Query.objects.filter(number__in=self.queries).values_list("number", "state"))
        assert found == self.queries
        marks = marks_of(self.followed.subject.number)
        assert {field for (_f, _r, field), mark in marks.items() if mark.fell is None} == self.standing
        assert set(Freeze.objects.filter(lifted_at=None).values_list("scope", flat=True)) == self.in_force
        signed = Signature.objects.filter(pk__in=self.signed)
        assert {one.pk: stands(one) for one in signed} == self.signed

    def teardown(self) -> None:
        """Every screen counts as noted; the next example begins with everything settled."""
        unsettled = sum(state in UNSETTLED for state in self.queries.values())
        assert self.counted() == dict.fromkeys(self.counted(), unsettled)
        self.free()
        for query in Query.objects.filter(state__in=UNSETTLED):
            actions.close_query(query, by=self.by.monitor, at=self.at)

    def counted(self) -> dict[str, int]:
        subject, monitor = self.followed.subject, self.by.monitor
        [checked] = selectors.checklist(None, at=self.at)
        return {
            "participant": open_queries(subject.number).count(),
            "list": selectors.questions(monitor).count(),
            "start page": sum(found for _state, found in selectors.unsettled(monitor)),
            "review": selectors.review_of(subject).queries,
            "progress": sum(one.queries for one in selectors.progress_by_site(monitor)),
            "casebook": sum(chapter.unsettled for chapter in selectors.casebook_of(monitor, subject)),
            "monitoring visit": len(selectors.oversight(monitor, self.cast.site, at=self.at).queries),
            "checklist": len(checked.open),
        }
