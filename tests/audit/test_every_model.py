"""For every model whose rows are kept: insert, update, delete, in bulk and by raw SQL, leave their history.

Generated from the models. Rows are made up column by column, so constraints and other triggers of the table are taken
away first; all of it is rolled back.
"""

import json
from contextlib import contextmanager

import pytest
from django.db import Error, connections, transaction

from tests.audit.chains import execute
from trial_site.audit.tracking import TRACKED

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
OBSTACLES = (
    "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I CASCADE', conrelid::regclass, conname) FROM pg_constraint"
    " WHERE conrelid = %s::regclass AND contype <> 'p' AND contype <> 'n'"
    " UNION ALL SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger"
    " WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgname NOT LIKE 'zz_audit%%'"
    " UNION ALL SELECT format('DROP INDEX %%s CASCADE', i.indexrelid::regclass) FROM pg_index i"
    " WHERE i.indrelid = %s::regclass AND NOT i.indisprimary AND NOT EXISTS"
    " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
)
COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns"
    " WHERE table_schema IN ('public', 'sealed') AND table_name = %s AND column_name <> 'id'"
    " AND is_generated = 'NEVER'"
)
VALUES = {
    "boolean": ("true", "false"),
    "jsonb": ("'{}'", "'{\"a\": 1}'"),
    "date": ("'2026-01-02'", "'2026-01-03'"),
    "timestamp with time zone": ("'2026-01-02 03:04:05+00'", "'2026-01-03 03:04:05+00'"),
    "time without time zone": ("'03:04'", "'04:05'"),
    "bytea": ("'\\x01'", "'\\x02'"),
    "uuid": ("gen_random_uuid()", "gen_random_uuid()"),
    "ARRAY": ("'{}'", "'{1}'"),
}
CONTEXT = {
    "actor_id": 7,
    "actor": "Somebody",
    "role": "nurse",
    "site": "01",
    "action": "a",
    "reason": "because",
    "request": "r",
}
EACH_MODEL = pytest.mark.parametrize("model", TRACKED, ids=lambda model: model._meta.label)


def value(data_type: str, which: int) -> str:
    text = "char" in data_type or data_type == "text"
    return ("'a'", "'b'")[which] if text else VALUES.get(data_type, ("1", "2"))[which]


@contextmanager
def bare_table(model):
    """The table with its history trigger and nothing else."""
    table = model._meta.db_table
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute(OBSTACLES, [table] * 3)
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)
            cursor.execute("SELECT set_config('trial.context', %s, true)", [json.dumps(CONTEXT)])
            cursor.execute(COLUMNS, [table])
            yield table, cursor.fetchall()
        transaction.set_rollback(True, using="owner")


def insert(table: str, columns: list[tuple], which: int = 0) -> int:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(value(kind, which) for _, kind in columns)
    return execute(f'INSERT INTO "{table}" ({names}) VALUES ({values}) RETURNING id')[0][0]


def history(model, row: int) -> list[tuple]:
    """(operation, old, new, who and why) of every event of one row."""
    events = execute(
        "SELECT operation, old, new, actor, role, site, action, reason, request, actor_id, login"
        f" FROM {TRACKED[model].history} WHERE \"table\" = '{model._meta.db_table}' AND record_id = {row} ORDER BY id"
    )
    return [
        (operation, *(each and json.loads(each) for each in (old, new)), *who)
        for operation, old, new, *who in events
    ]


def attributed(events: list[tuple]) -> bool:
    told = ("Somebody", "nurse", "01", "a", "because", "r", 7, "trial_test_owner")
    return all(event[3:] == told for event in events)


def kept(model, columns: list[tuple]) -> set[str]:
    return {name for name, _ in columns} - set(TRACKED[model].ignored)


@EACH_MODEL
def test_by_raw_sql(model):
    with bare_table(model) as (table, columns):
        row = insert(table, columns)
        for name, kind in columns:
            execute(f'UPDATE "{table}" SET "{name}" = {value(kind, 1)} WHERE id = {row}')
        execute(f'DELETE FROM "{table}" WHERE id = {row}')
        created, *changed, removed = events = history(model, row)
        assert (created[0], created[1], set(created[2]) - {"id"}) == ("I", None, kept(model, columns))
        assert {next(iter(event[1])) for event in changed} == kept(model, columns)
        assert all(event[0] == "U" and event[1] != event[2] and len(event[1]) == 1 for event in changed)
        assert (removed[0], removed[2], set(removed[1]) - {"id"}) == ("D", None, kept(model, columns))
        assert attributed(events)


@EACH_MODEL
def test_by_the_orm_one_by_one_and_in_bulk(model):
    with bare_table(model) as (table, columns):
        rows = [insert(table, columns) for _ in range(3)]
        managed, pattern = model._base_manager.using("owner"), insert(table, columns, 1)
        field = next(f for f in model._meta.concrete_fields if f.column in kept(model, columns))
        other = getattr(managed.get(pk=pattern), field.attname)
        saved, in_bulk = managed.get(pk=rows[0]), managed.get(pk=rows[1])
        for record in (saved, in_bulk):
            setattr(record, field.attname, other)
        saved.save(using="owner", update_fields=[field.attname])
        managed.bulk_update([in_bulk], [field.name])
        managed.filter(pk=rows[2]).update(**{field.attname: other})
        managed.filter(pk__in=rows)._raw_delete("owner")
        for row in rows:
            created, changed, removed = events = history(model, row)
            assert [event[0] for event in (created, changed, removed)] == ["I", "U", "D"]
            assert set(changed[1]) == set(changed[2]) == {field.column}
            assert attributed(events)


@EACH_MODEL
def test_it_cannot_be_emptied(model):
    with bare_table(model) as (table, _), pytest.raises(Error, match="never allowed"):
        execute(f'TRUNCATE "{table}" CASCADE')
