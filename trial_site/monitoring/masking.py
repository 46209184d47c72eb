"""The history as it is read: without the texts that were hidden because they may unblind."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

from trial_site.audit.models import Event
from trial_site.core.models import StudySite
from trial_site.monitoring.models import HIDDEN, HiddenText

HISTORY = Event._meta.db_table


def masked(events: Iterable[Event]) -> list[Event]:
    """These events without hidden texts, old and new; also when the reader looks back to before they were hidden."""
    events, hidden = list(events), _hidden_columns()
    for event in events:
        for column, upto in hidden.get((event.table, event.record_id), ()):
            if event.pk <= upto:
                _mask(event, column)
        if (HISTORY, event.pk) in hidden:
            event.reason = HIDDEN
    return events


def ever_hidden(record: Model) -> frozenset[str]:
    """The columns of a record in which a text was hidden, now or before somebody wrote it again."""
    hidden = HiddenText.objects.filter(table=record._meta.db_table, record_id=record.pk)
    return frozenset(hidden.values_list("column", flat=True))


def _mask(event: Event, column: str) -> None:
    for side in ("old", "new", "was", "now"):
        values = event.__dict__.get(side) or {}
        if values.get(column):
            values[column] = HIDDEN


def _hidden_columns() -> dict[tuple[str, int | None], list[tuple[str, int]]]:
    """Read past the ORM, which an export of the past turns back too."""
    found: dict[tuple[str, int | None], list[tuple[str, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT h."table", h.record_id, h."column", h.upto FROM public.monitoring_hiddentext h'
            " WHERE h.upto IS NOT NULL"
        )
        for table, record_id, column, upto in cursor.fetchall():
            found[table, record_id].append((column, upto))
    return found


def hidden_texts(site: StudySite) -> list[tuple[HiddenText, str]]:
    """The hidden texts of a study site as they were written. For unblinded people only."""
    hidden = list(HiddenText.objects.filter(site=site).select_related("reported_by", "deviation"))
    events = Event.objects.in_bulk([one.upto for one in hidden if one.upto])
    return [(one, _as_written(events[one.upto], one)) for one in hidden if one.upto]


def _as_written(event: Event, hidden: HiddenText) -> str:
    return event.reason if hidden.table == HISTORY else (event.old or {}).get(hidden.column, "")
