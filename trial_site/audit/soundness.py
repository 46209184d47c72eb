"""Is the database as declared? Each finding is one sentence that says what is wrong."""

from collections import Counter
from collections.abc import Iterator

from django.db import connections

from trial_site.audit.privileges import (
    DatabaseFunction,
    declared_functions,
    declared_triggers,
    schema_of,
    table_privileges,
    undecided_tables,
)

# A privilege on one column counts like one on the table.
COLUMN_KINDS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
TABLE_KINDS = ("DELETE", "TRUNCATE", "TRIGGER")
KINDS = COLUMN_KINDS + TABLE_KINDS
POWERS = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = session_user"
CREATION = (
    "SELECT has_database_privilege(current_database(), 'TEMPORARY'),"
    " has_schema_privilege('public', 'CREATE') OR has_database_privilege(current_database(), 'CREATE')"
)
MEMBERSHIPS = (
    "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = session_user"
)
ROOM_OPEN = (
    "SELECT 1 FROM pg_namespace WHERE nspname = 'sealed' AND has_schema_privilege(oid, 'USAGE, CREATE')"
)
OWNED_TABLES = (
    "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname IN ('public', 'sealed') AND pg_get_userbyid(relowner) = session_user"
)
OWN_SETTINGS = (
    "SELECT 1 FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = setrole WHERE r.rolname = session_user"
)
COUNTERS = (
    "SELECT bool_or(has_function_privilege(oid, 'EXECUTE')) FROM pg_proc"
    " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN"
    " ('pg_stat_get_tuples_inserted', 'pg_stat_get_activity', 'pg_lock_status', 'pg_relation_size',"
    " 'pg_current_wal_insert_lsn', 'pg_logical_emit_message', 'pg_xact_status', 'pg_blocking_pids')"
)
ELSEWHERE = (
    "SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege(oid, 'CONNECT')"
    " AND datdba <> (SELECT datdba FROM pg_database WHERE datname = current_database()) ORDER BY datname"
)
COMPRESSED = "SELECT current_setting('wal_compression') NOT IN ('off', 'false')"
OPEN_RELATIONS = (
    "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname IN ('public', 'sealed') AND CASE WHEN relkind = 'S'"
    " THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')"
    " WHEN relkind IN ('r', 'p', 'v', 'm', 'f') THEN has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')"
    " OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER') END"
)
STANDING = (
    "SELECT nspname, c.oid::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE relname = %s AND relkind = 'r'"
)
FUNCTIONS = (
    "SELECT proname, proconfig, prosecdef, prosrc, has_function_privilege(p.oid, 'EXECUTE'),"
    " EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)"
    " FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
)
ENABLED_TRIGGERS = (
    "SELECT relname, tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
    " WHERE NOT tgisinternal AND tgenabled = 'O'"
)


def findings() -> Iterator[str]:
    """What is wrong with roles, grants, functions and triggers, asked as the application role."""
    with connections["default"].cursor() as cursor:
        yield from _role(cursor)
        yield from _server(cursor)
        yield from _grants(cursor)
        yield from _functions(cursor)
        yield from _triggers(cursor)
    yield from (f"The table {table} is declared nowhere." for table in undecided_tables())


def _rows(cursor, statement: str, parameters: list | dict | None = None) -> list[tuple]:
    cursor.execute(statement, parameters)
    return cursor.fetchall()


def _role(cursor) -> Iterator[str]:
    if _rows(cursor, POWERS)[0][0]:
        yield "The application role has powers of an administrator."
    temporary, create = _rows(cursor, CREATION)[0]
    if temporary:
        yield "The application role may create temporary tables: REVOKE TEMPORARY ON DATABASE … FROM PUBLIC."
    if create:
        yield "The application role may create schemas or objects in the schema public."
    if _rows(cursor, ROOM_OPEN):
        yield "The application role may look up or create names in the schema sealed."
    if _rows(cursor, MEMBERSHIPS):
        yield "The application role is a member of another role."
    if _rows(cursor, OWN_SETTINGS):
        yield "The application role carries settings of its own: ALTER ROLE … RESET ALL."
    if _rows(cursor, OWNED_TABLES):
        yield "The application role owns tables: migrations ran with the wrong login."


def _server(cursor) -> Iterator[str]:
    if _rows(cursor, COUNTERS)[0][0]:
        yield "The application role may read counters, locks and sizes, which tell of sealed tables (README.md)."
    for (database,) in _rows(cursor, ELSEWHERE):
        yield f"The application role may connect to {database} and see there what this server does (README.md)."
    if _rows(cursor, COMPRESSED)[0][0]:
        yield "The server compresses its log, whose length then tells of sealed rows: wal_compression = off."


def _grants(cursor) -> Iterator[str]:
    for table, declared in sorted(table_privileges().items()):
        standing = dict(_rows(cursor, STANDING, [table]))
        if not standing:
            yield f"The table {table} does not exist: run migrate."
        elif set(standing) != {schema_of(table)}:
            yield f"The table {table} stands outside the schema {schema_of(table)}: run migrate."
        for oid in standing.values():
            yield from _privileges(cursor, table, oid, set(declared.split(", ")) - {""})

    for (name,) in _rows(cursor, OPEN_RELATIONS):
        if name not in table_privileges():
            yield f"On {name}, which is declared nowhere, the application role holds a privilege."


def _privileges(cursor, table: str, oid: int, expected: set[str]) -> Iterator[str]:
    columns = [f"has_any_column_privilege(%(oid)s::oid, '{kind}')" for kind in COLUMN_KINDS]
    asked = columns + [f"has_table_privilege(%(oid)s::oid, '{kind}')" for kind in TABLE_KINDS]
    [held] = _rows(cursor, f"SELECT {', '.join(asked)}", {"oid": oid})
    actual = {kind for kind, has in zip(KINDS, held, strict=True) if has}
    if actual != expected:
        yield (
            f"On {table} the application role holds {', '.join(sorted(actual)) or 'nothing'}"
            f" instead of {', '.join(sorted(expected)) or 'nothing'}."
        )


def _functions(cursor) -> Iterator[str]:
    existing = _rows(cursor, FUNCTIONS)
    declared = {function.name: function for function in declared_functions()}
    names = Counter(name for name, *_ in existing)
    for name in sorted(set(declared) - set(names)):
        yield f"The function {name} is missing: run migrate."
    for name in sorted(name for name in names if name not in declared or names[name] > 1):
        yield f"The function {name} is declared nowhere, or exists twice."
    for name, *actual in existing:
        if name in declared:
            yield from _differences(declared[name], *actual)


def _differences(
    declared: DatabaseFunction, config: list[str], definer: bool, body: str, may_call: bool, public: bool
) -> Iterator[str]:
    if sorted(config or []) != sorted(declared.settings):
        yield f"The function {declared.name} does not pin its search path and settings."
    if (definer, body) != (declared.definer, declared.body):
        yield f"The function {declared.name} is not the one of functions.sql: run migrate."
    if public or may_call != (declared.caller == "application"):
        yield f"The function {declared.name} has the wrong EXECUTE privilege."


def _triggers(cursor) -> Iterator[str]:
    for table, name in sorted(declared_triggers() - set(_rows(cursor, ENABLED_TRIGGERS))):
        yield f"The trigger {name} of {table} is missing or switched off."
