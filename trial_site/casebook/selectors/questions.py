"""Queries as a list to work through."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import Promise

from trial_site.core.actors import Actor
from trial_site.monitoring.models import Query, QueryMessage, QueryState
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import UNRESOLVED, queries_for


@dataclass(frozen=True)
class Question:
    """One query of the list. `days` is how long ago it was opened, on the study site's calendar."""

    query: Query
    form: str | Promise
    field: str | Promise
    days: int


def questions(actor: Actor, *, state: str = "") -> QuerySet[Query]:
    """Queries this person may read in one state, or without one those still to be settled; oldest first."""
    states = (state,) if state in QueryState.values else UNRESOLVED
    last = QueryMessage.objects.filter(query=OuterRef("pk")).exclude(text="").order_by("-id")
    found = queries_for(actor).filter(state__in=states).order_by("opened_at", "number")
    return found.annotate(said=Subquery(last.values("text")[:1]))


def unsettled(actor: Actor) -> list[tuple[QueryState, int]]:
    """How many of the queries this person may read are open, and how many answered."""
    found = Counter(queries_for(actor).filter(state__in=UNRESOLVED).values_list("state", flat=True))
    return [(state, found[state]) for state in UNRESOLVED]


def listed(queries: Iterable[Query], *, at: datetime) -> list[Question]:
    return [
        Question(query, label_of(query.form), label_of(query.form, query.field), days_open(query, at=at))
        for query in queries
    ]


def days_open(query: Query, *, at: datetime) -> int:
    return (query.site.date_of(at) - query.site.date_of(query.opened_at)).days
