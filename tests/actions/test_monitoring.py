"""Queries, signatures, and the history of a record as people read it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from enrollment.actions import amend_screening
from enrollment.selectors import screening_of
from tests.story import participant_at
from trial_site.audit.action import attributed
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring import actions, selectors
from trial_site.monitoring.actions.numbers import ALPHABET
from trial_site.monitoring.models import (
    MOVES,
    QUERY_TRANSITIONS,
    Query,
    QueryMessage,
    QueryState,
    RecordRef,
    Signature,
    content_sha256,
)
from trial_site.monitoring.registry import FORMS, label_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
MOVING = {
    "answer": actions.answer_query,
    "close": actions.close_query,
    "reopen": actions.reopen_query,
    "cancel": actions.cancel_query,
}
# The shortest way to each state.
WAYS = {"open": [], "answered": ["answer"], "closed": ["close"], "cancelled": ["cancel"]}


def ref(cast, form: str = "VS", field: str = "heart_rate", record_id: int = 1) -> RecordRef:
    return RecordRef(form, record_id, "01-001", cast.site.pk, field)


def opened(cast, **about) -> Query:
    return actions.open_query(
        ref(cast, **about), text="Is 180 right?", origin="person", by=cast.monitor.actor(), at=NOW
    )


def move(cast, query: Query, verb: str, text: str = "Because.") -> None:
    person = cast.coordinator if verb == "answer" else cast.monitor
    MOVING[verb](query, text=text, by=person.actor(), at=NOW)


def test_a_query_has_a_number_that_can_be_read_out_and_its_question_as_first_message(cast):
    query = opened(cast)
    assert len(query.number) == 7
    assert set(query.number.removeprefix("Q-")) <= set(ALPHABET)
    message = query.messages.get()
    assert (message.text, message.state, message.written_by) == ("Is 180 right?", "open", cast.monitor.staff)


def test_an_edit_check_asks_and_settles_in_the_name_of_the_system(cast):
    check = Actor.system("edit check")
    query = actions.open_query(ref(cast), text="Outside.", origin="check", by=check, at=NOW)
    actions.close_query(query, text="Corrected.", by=check, at=NOW)
    assert [message.written_by for message in query.messages.all()] == [None, None]


@pytest.mark.parametrize("member", ["coordinator", "investigator", "assessor", "pharmacist", "inspector"])
def test_only_who_reviews_asks(cast, member):
    with pytest.raises(NotAllowed):
        actions.open_query(ref(cast), text="Why?", origin="person", by=getattr(cast, member).actor(), at=NOW)


@pytest.mark.parametrize(("form", "field"), [("VS", "shoe_size"), ("XX", "")])
def test_a_query_is_about_something_that_exists(cast, form, field):
    with pytest.raises(LookupError):
        opened(cast, form=form, field=field)


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("state", QueryState.values)
def test_a_query_moves_along_its_states_and_no_other_way(cast, state, verb):
    query = opened(cast)
    for step in WAYS[state]:
        move(cast, query, step)
    target = MOVES[verb].target
    if target in QUERY_TRANSITIONS[state]:
        move(cast, query, verb)
        assert query.state == query.messages.last().state == target
    else:
        with pytest.raises(Refused, match=query.number):
            move(cast, query, verb)
        assert query.messages.count() == 1 + len(WAYS[state])


def test_the_database_keeps_the_states_too(cast):
    query = opened(cast)
    move(cast, query, "cancel")
    with pytest.raises(DatabaseError), transaction.atomic(), attributed(cast.monitor.actor(), action="raw"):
        Query.objects.filter(pk=query.pk).update(state="open")


@pytest.mark.parametrize(
    ("verb", "member"),
    [("answer", "monitor"), ("close", "coordinator"), ("cancel", "coordinator"), ("answer", "outsider")],
)
def test_the_site_answers_and_the_reviewer_settles(cast, verb, member):
    query = opened(cast)
    with pytest.raises(NotAllowed):
        MOVING[verb](query, text="No.", by=getattr(cast, member).actor(), at=NOW)


def test_every_step_but_closing_needs_a_sentence(cast):
    query = opened(cast)
    for verb in ("answer", "cancel"):
        with pytest.raises(Refused) as refusal:
            move(cast, query, verb, text="  ")
        assert "text" in refusal.value.fields
    move(cast, query, "close", text="")
    with pytest.raises(Refused):
        move(cast, query, "reopen", text="")


def test_somebody_elses_step_is_seen_before_the_own_one(cast):
    mine, theirs = opened(cast), Query.objects.get()
    move(cast, theirs, "cancel")
    with pytest.raises(Refused, match="cancelled"):
        move(cast, mine, "answer")


def test_the_assessor_reads_queries_of_assessor_forms_only(cast):
    vital_signs, adverse_event = opened(cast), opened(cast, form="AE", field="term")
    assert set(selectors.queries_for(cast.assessor.actor())) == {vital_signs}
    assert set(selectors.queries_for(cast.coordinator.actor())) == {vital_signs, adverse_event}
    with pytest.raises(Http404):
        selectors.query_for(cast.assessor.actor(), adverse_event.number)


@pytest.mark.parametrize("member", ["outsider", "pharmacist", "statistician", "administrator"])
def test_nobody_else_reads_any(cast, member):
    opened(cast)
    assert not selectors.queries_for(getattr(cast, member).actor()).exists()


def test_whoever_assesses_reads_assessor_forms_and_never_all(cast):
    everything = selectors.readable_forms(cast.monitor.actor())
    assert everything == {code for code, form in FORMS.items() if not form.until_lock}
    assert selectors.readable_forms(cast.assessor.actor()) == {
        form for form in FORMS if FORMS[form].audience == "assessor"
    }
    assert {"OR", "IN", "IV", "LB", "AE"}.isdisjoint(selectors.readable_forms(cast.assessor.actor()))


def test_the_page_offers_what_the_person_may_do(cast):
    query = opened(cast)

    def offered(member) -> list[str]:
        return [step.verb for step in selectors.moves_for(member.actor(), query)]

    assert offered(cast.coordinator) == ["answer"]
    assert offered(cast.monitor) == ["close", "cancel"]
    assert offered(cast.inspector) == []
    move(cast, query, "answer")
    assert offered(cast.monitor) == ["close", "reopen"]


def test_a_query_counts_until_it_is_settled(cast):
    query = opened(cast)
    move(cast, query, "answer")
    assert selectors.open_queries("01-001").get() == query
    move(cast, query, "close")
    assert not selectors.open_queries("01-001").exists()


def sign(cast, member, *, password: str = "", meaning=Signature.Meaning.ORDER) -> Signature:
    content = {"weight": Decimal("70"), "at": NOW}
    return actions.sign(
        ref(cast, form="OR", field=""),
        meaning=meaning,
        content=content,
        password=password or cast.password,
        by=member.actor(),
        at=NOW,
    )


def test_a_signature_keeps_name_time_meaning_and_what_was_signed(cast):
    signature = sign(cast, cast.investigator)
    assert signature in selectors.signatures_of("OR", 1)
    assert (signature.signer_name, signature.signed_at) == (cast.investigator.staff.full_name, NOW)
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    assert signature.covers({"at": shanghai, "weight": Decimal("70.0")})
    assert not signature.covers({"at": NOW, "weight": Decimal("71")})


def test_a_wrong_password_signs_nothing(cast):
    with pytest.raises(Refused) as refusal:
        sign(cast, cast.investigator, password="somebody-elses-password")
    assert set(refusal.value.fields) == {"password"}
    assert not Signature.objects.exists()
    assert not Event.objects.filter(table="monitoring_signature").exists()


@pytest.mark.parametrize("member", ["coordinator", "monitor", "outsider", "pharmacist"])
def test_only_a_delegated_investigator_signs(cast, member):
    with pytest.raises(NotAllowed):
        sign(cast, getattr(cast, member))


def test_the_hash_knows_every_value_and_no_order():
    one = content_sha256({"a": 1, "b": "β"})
    assert one == content_sha256({"b": "β", "a": 1})
    assert one != content_sha256({"a": "1", "b": "β"})


def test_signatures_and_messages_are_never_changed(cast):
    sign(cast, cast.investigator)
    opened(cast)
    for model, field in ((Signature, "signer_name"), (QueryMessage, "text")):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            model.objects.update(**{field: "Somebody else"})


def test_the_history_of_a_record_names_field_values_person_role_and_reason(cast):
    subject, now = participant_at("screened")
    screening = screening_of(subject)
    amend_screening(
        screening,
        values={"sex": "female" if screening.sex == "male" else "male", "childbearing_potential": "no"},
        version=screening.version,
        reason="Typed into the wrong line",
        by=cast.coordinator.actor(),
        at=now,
    )
    changes = selectors.history_of("enrollment_screening", screening.pk)
    told = {str(change.field): change for change in changes}
    sex = told[str(label_of("SC", "sex"))]
    assert {sex.old, sex.new} == {"female", "male"}
    assert (sex.who, str(sex.role)) == (cast.coordinator.staff.full_name, "Site coordinator")
    assert sex.reason == "Typed into the wrong line"
    assert changes[-1].new == "created"


def test_a_reason_why_a_value_is_missing_is_part_of_the_history(cast):
    subject, now = participant_at("screened")
    screening = screening_of(subject)
    amend_screening(
        screening,
        values={"missing": {"culture_sample_date": "ND"}},
        version=screening.version,
        reason="No culture was taken",
        by=cast.coordinator.actor(),
        at=now,
    )
    newest = selectors.history_of("enrollment_screening", screening.pk)[0]
    assert "missing" in newest.field
    assert (newest.old, str(newest.new)) == (None, "not done")
