"""Queries between monitor and site, deviations, and electronic signatures."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password
from trial_site.monitoring.models import (
    MOVES,
    Deviation,
    DeviationState,
    Move,
    Query,
    QueryMessage,
    RecordRef,
    Signature,
    content_sha256,
)
from trial_site.monitoring.registry import label_of

# No characters that are mistaken for one another when a number is read out.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SIGNING_TASK = {
    Signature.Meaning.ELIGIBLE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.SCREEN_FAILURE: Task.ASSESS_ELIGIBILITY,
    Signature.Meaning.ORDER: Task.ORDER_INFUSION,
}


@action
def open_query(ref: RecordRef, *, text: str, origin: str, by: Actor, at: datetime) -> Query:
    """Ask about a value. An edit check may, too; it acts as the system.

    Raises LookupError for a form or field that no app registered.
    """
    if not by.is_system:
        require(by, Task.RAISE_QUERY, ref.site_id)
    label_of(ref.form, ref.field)
    _refuse_empty(text)
    query = Query.objects.create(
        number=_free_number(Query, "Q"),
        form=ref.form,
        record_id=ref.record_id,
        subject=ref.subject,
        site_id=ref.site_id,
        field=ref.field,
        origin=origin,
        opened_at=at,
        opened_by_id=by.id,
    )
    _write(query, text, by=by, at=at)
    return query


@action
def answer_query(query: Query, *, text: str, by: Actor, at: datetime) -> None:
    """The site answers; whoever reviews decides whether that settles it."""
    require(by, Task.ANSWER_QUERY, query.site_id)
    _refuse_empty(text)
    _move(query, MOVES["answer"], text, by=by, at=at)


@action
def close_query(query: Query, *, text: str = "", by: Actor, at: datetime) -> None:
    """The question is settled, with or without a word more; an edit check that no longer fires closes its own."""
    if not by.is_system:
        require(by, Task.RAISE_QUERY, query.site_id)
    _move(query, MOVES["close"], text, by=by, at=at)


@action
def reopen_query(query: Query, *, text: str, by: Actor, at: datetime) -> None:
    """The answer does not settle it: ask again, saying what is missing."""
    require(by, Task.RAISE_QUERY, query.site_id)
    _refuse_empty(text)
    _move(query, MOVES["reopen"], text, by=by, at=at)


@action
def cancel_query(query: Query, *, text: str, by: Actor, at: datetime) -> None:
    """The question should not have been asked; says why."""
    require(by, Task.RAISE_QUERY, query.site_id)
    _refuse_empty(text)
    _move(query, MOVES["cancel"], text, by=by, at=at)


@action
def raise_deviation(
    ref: RecordRef,
    *,
    kind: str,
    grade: str,
    text: str,
    occurred_on: date,
    cause: str = "",
    by: Actor,
    at: datetime,
) -> Deviation:
    """Report a departure from the protocol. With a `cause` it is the system's: raised once, whoever acts.

    `text` is safe for every blinded reader of the record.
    """
    if not cause:
        require(by, Task.RAISE_DEVIATION, ref.site_id)
    _refuse_empty(text)
    given = {"kind": kind, "grade": grade, "text": text.strip(), "occurred_on": occurred_on}
    named = {"form": ref.form, "record_id": ref.record_id, "subject": ref.subject, "site_id": ref.site_id}
    raised = {"number": _free_number(Deviation, "D"), "raised_at": at, "raised_by_id": by.id}
    row = {**given, **named, "field": ref.field, **raised}
    if cause:
        return Deviation.objects.get_or_create(cause=cause, defaults=row)[0]
    return Deviation.objects.create(**row)


@action
def close_deviation(deviation: Deviation, *, corrective_action: str, by: Actor, at: datetime) -> None:
    """The site says what was done about it."""
    require(by, Task.CLOSE_DEVIATION, deviation.site_id)
    if not corrective_action.strip():
        raise Refused(fields={"corrective_action": _("Write a sentence.")})
    deviation.refresh_from_db(from_queryset=Deviation.objects.select_for_update())
    if deviation.state == DeviationState.CLOSED:
        raise Refused(_("This deviation is closed already. Nothing was changed."))
    deviation.state, deviation.corrective_action = DeviationState.CLOSED, corrective_action.strip()
    deviation.closed_at, deviation.closed_by_id = at, by.id
    deviation.save(update_fields=["state", "corrective_action", "closed_at", "closed_by"])


@action
def sign(
    ref: RecordRef, *, meaning: str, content: Mapping[str, Any], password: str, by: Actor, at: datetime
) -> Signature:
    """Sign a record with the password of who signs (21 CFR 11.200); the hash binds what was signed.

    Raises Refused beside `password` when it is wrong; nothing is written then.
    """
    require(by, SIGNING_TASK[Signature.Meaning(meaning)], ref.site_id)
    signer = StaffMember.objects.get(pk=by.person_id)
    wrong = _("This is not your password. Nothing was signed.")
    require_password(signer, password, field="password", wrong=wrong)
    return Signature.objects.create(
        form=ref.form,
        record_id=ref.record_id,
        subject=ref.subject,
        site_id=ref.site_id,
        field=ref.field,
        meaning=meaning,
        signer=signer,
        signer_name=by.name,
        signed_at=at,
        content_sha256=content_sha256(content),
    )


def _move(query: Query, move: Move, text: str, *, by: Actor, at: datetime) -> None:
    query.refresh_from_db(from_queryset=Query.objects.select_for_update())
    if not query.may_become(move.target):
        raise Refused(
            _("Query %(number)s is %(state)s by now. Nothing was changed.")
            % {"number": query.number, "state": query.get_state_display()}
        )
    query.state = move.target
    query.save(update_fields=["state"])
    _write(query, text, by=by, at=at)


def _write(query: Query, text: str, *, by: Actor, at: datetime) -> None:
    QueryMessage.objects.create(
        query=query, text=text.strip(), written_by_id=by.id, written_at=at, state=query.state
    )


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise Refused(fields={"text": _("Write a sentence.")})


def _free_number(model: type[Query | Deviation], letter: str) -> str:
    """Random, so that it tells neither how many there are nor when this one was opened."""
    while True:
        number = f"{letter}-" + "".join(secrets.choice(ALPHABET) for place in range(5))
        if not model._default_manager.filter(number=number).exists():
            return number
