"""Queries between whoever reviews and the study site."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions.numbers import free_number
from trial_site.monitoring.models import MOVES, Move, Query, QueryMessage, QueryState, RecordRef
from trial_site.monitoring.registry import label_of

CHECKER = Actor.system("edit check")
UNSETTLED = (QueryState.OPEN, QueryState.ANSWERED)


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
        number=free_number(Query, "Q"),
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


def close_settled(
    ref: RecordRef, *, changed: Collection[str], doubted: Collection[str] | None = None, at: datetime
) -> None:
    """Close queries that edit checks opened about a record: of values that changed since and, where it is known
    which fields are still in doubt, of those on which no check fires any more."""
    asked = Query.objects.filter(form=ref.form, record_id=ref.record_id, state__in=UNSETTLED)
    for query in asked.filter(origin=Query.Origin.CHECK).order_by("opened_at"):
        if query.field in changed or (doubted is not None and query.field not in doubted):
            close_query(query, text=_("The value was corrected."), by=CHECKER, at=at)


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
