"""The records of a chain as a database holds them now, for verification and for export. Reads only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from trial_site.audit.privileges import histories, schema_of
from trial_site.audit.verify_offline import COLUMNS, FORMAT

INSTANT = """to_char({} AT TIME ZONE interval '0', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# Read as text, and hashed here: nothing rests on a function of the database that is verified.
READ_AS = {"at": INSTANT.format("e.at")}
COLUMN_LIST = ", ".join(READ_AS.get(name, f'e."{name}"::text') for name in COLUMNS)
SEALS = (
    f"SELECT e.id::text, {INSTANT.format('e.at')}, e.tx::text, ids, encode(root, 'hex'), encode(previous, 'hex'),"  # noqa: S608
    " encode(hash, 'hex') FROM {chain}_seal e ORDER BY e.id"
)
ROWS = (
    "SELECT l.event_id, l.seal, encode(l.salt, 'hex'), encode(l.leaf, 'hex'), e.id IS NOT NULL,"  # noqa: S608
    f" {COLUMN_LIST} FROM {{chain}}_event e FULL JOIN {{chain}}_leaf l ON l.event_id = e.id"
    " ORDER BY l.seal NULLS LAST, coalesce(l.event_id, e.id)"
)
AT_ONCE = 2000


def chains() -> list[str]:
    """The histories that are sealed, by table."""
    return sorted(model._meta.db_table for model in histories())


def readable_chains(alias: str) -> list[str]:
    """The chains that this connection's role may read: the sealed one is for the owner."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND has_table_privilege(oid, 'SELECT')"
            " ORDER BY relname",
            [chains()],
        )
        return [name for (name,) in cursor.fetchall()]


@contextmanager
def one_instant(alias: str) -> Iterator[None]:
    """Everything inside reads one state of the database and may write nothing, so that a standby will do."""
    with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def records(alias: str, chain: str) -> Iterator[dict[str, Any]]:
    """Header, seals, rows with their leaves, as verify_offline.Verification wants them; inside `one_instant`."""
    yield from seals(alias, chain)
    for key, seal, salt, leaf, exists, *row in fetched(alias, ROWS.format(chain=prefix(chain))):
        number = str(row[0] if key is None else key)
        yield {"id": number, "under": seal, "salt": salt, "leaf": leaf, "row": row if exists else None}


def seals(alias: str, chain: str) -> Iterator[dict[str, Any]]:
    """The header and the seals of a chain; inside `one_instant`."""
    yield {"format": FORMAT, "chain": chain, "columns": COLUMNS}
    names = ("number", "at", "tx", "ids", "root", "previous", "hash")
    for values in fetched(alias, SEALS.format(chain=prefix(chain))):
        yield {"seal": dict(zip(names, values, strict=True))}


def prefix(chain: str) -> str:
    """What the names of a chain's three tables begin with."""
    return f"{schema_of(chain)}.{chain.removesuffix('_event')}"


def fetched(alias: str, statement: str) -> Iterator[tuple]:
    """Rows through a cursor of the server, so that a large history needs no memory here."""
    with connections[alias].connection.cursor(name="audit_trail") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(statement)
        yield from cursor
