"""Which query, of a person or of an edit check, a change of a value followed (21 CFR 11.10(e), EMA 6.2.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from trial_site.audit.models import Event
from trial_site.monitoring.models import Query
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import UNRESOLVED


def prompting_queries(events: Iterable[Event]) -> dict[int, tuple[Query, ...]]:
    """By event id, the queries about a field it changed that were open or answered then."""
    forms = {dataset.model._meta.db_table: code for code, dataset in FORMS.items()}
    changes = [
        event for event in events if event.operation == Event.Operation.UPDATE and event.table in forms
    ]
    records = {event.record_id for event in changes if event.record_id is not None}
    asked: dict[tuple[str, int], list[Query]] = defaultdict(list)
    for query in Query.objects.filter(form__in=forms.values(), record_id__in=records):
        asked[query.form, query.record_id].append(query)
    states = states_of([query for queries in asked.values() for query in queries])
    return {
        event.pk: tuple(
            query
            for query in asked[forms[event.table], event.record_id or 0]
            if query.field in (event.new or {}) and state_at(states[query.pk], event.pk) in UNRESOLVED
        )
        for event in changes
    }


def states_of(queries: Iterable[Query]) -> Mapping[int | None, list[tuple[int, str]]]:
    """(event id, state from then on) of each query, as its own history has it."""
    found: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
    keys = [query.pk for query in queries]
    for event in Event.objects.filter(
        table=Query._meta.db_table, record_id__in=keys, new__has_key="state"
    ).order_by("pk"):
        found[event.record_id].append((event.pk, (event.new or {})["state"]))
    return found


def state_at(states: list[tuple[int, str]], event: int) -> str:
    """The state before that event; of a query opened by it, or later, none."""
    return next((state for since, state in reversed(states) if since < event), "")
