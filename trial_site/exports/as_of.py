"""The database as it was at an instant, from the history.

Inside `looking_back` every query that Django sends reads, in place of a tracked table, the rows that its history
had produced by then: a common table expression of the same name stands before the query, and PostgreSQL prefers
it. So exports know nothing of the past; they only run in it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from trial_site.audit.tracking import TRACKED
from trial_site.monitoring.models import HIDDEN

HISTORY = "audit_event"
# What was hidden since as possibly unblinding stays hidden, at whichever instant.
UNHIDDEN = (
    "CASE WHEN column_.value NOT IN ('null', '\"\"') AND EXISTS (SELECT FROM public.monitoring_hiddentext hidden"
    ' WHERE hidden."table" = event."table" AND hidden.record_id = event.record_id'
    ' AND hidden."column" = column_.key AND event.id <= hidden.upto)'
    f" THEN to_jsonb('{HIDDEN}'::text) ELSE column_.value END"
)
TABLE = re.compile(r'"(\w+)"')


def tracked_tables() -> set[str]:
    return {model._meta.db_table for model, how in TRACKED.items() if how.history == HISTORY}


def before(sql: str, instant: datetime) -> str:
    """`sql` with every tracked table in it, and the history itself, as they were at `instant`."""
    named = set(TABLE.findall(sql))
    tables = sorted(named & tracked_tables())
    until = f"at <= '{instant.astimezone(UTC).isoformat()}'"
    past = [f'"{table}" AS ({rows_of(table, until)})' for table in tables]
    if HISTORY in named:
        past.append(f'"{HISTORY}" AS (SELECT * FROM public."{HISTORY}" WHERE {until})')  # noqa: S608
    return f"WITH {', '.join(past)} {sql}" if past else sql


def rows_of(table: str, until: str) -> str:
    """Each row as the latest value of each of its columns; a row that was removed is not there."""
    return (
        f'SELECT (jsonb_populate_record(NULL::public."{table}", told.columns)).* FROM ('  # noqa: S608
        f"SELECT jsonb_object_agg(column_.key, {UNHIDDEN} ORDER BY event.id) AS columns"
        f' FROM public."{HISTORY}" event, jsonb_each(event.new) column_'
        f" WHERE event.\"table\" = '{table}' AND event.{until}"
        ' AND NOT EXISTS (SELECT FROM public.audit_event gone WHERE gone."table" = event."table"'
        f" AND gone.record_id = event.record_id AND gone.operation = 'D' AND gone.{until})"
        " GROUP BY event.record_id) told"
    )


@contextmanager
def looking_back(instant: datetime | None) -> Iterator[None]:
    """None: the present, and nothing happens."""
    if instant is None:
        yield
        return

    def rewrite(execute: Callable, sql: str, parameters: Any, many: bool, context: dict) -> Any:
        return execute(before(sql, instant), parameters, many, context)

    with connection.execute_wrapper(rewrite):
        yield
