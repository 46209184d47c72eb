"""Is the database as declared? Each finding is one sentence that says what is wrong."""

from collections.abc import Iterator

from django.db import connections

from trial_site.audit.privileges import (
    declared_functions,
    declared_triggers,
    table_privileges,
    undecided_tables,
)

PINNED = ["search_path=pg_catalog, public, pg_temp"]
KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
POWERS = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = session_user"
CREATION = (
    "SELECT has_database_privilege(current_database(), 'TEMPORARY'), has_schema_privilege('public', 'CREATE')"
)
MEMBERSHIPS = (
    "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = session_user"
)
OWNED_TABLES = (
    "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname = 'public' AND pg_get_userbyid(relowner) = session_user"
)
FUNCTIONS = (
    "SELECT proname, proconfig, has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
)
ENABLED_TRIGGERS = (
    "SELECT relname, tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
    " WHERE NOT tgisinternal AND tgenabled = 'O'"
)


def findings() -> Iterator[str]:
    """What is wrong with roles, grants, functions and triggers, asked as the application role."""
    with connections["default"].cursor() as cursor:
        yield from _role(cursor)
        yield from _grants(cursor)
        yield from _functions(cursor)
        yield from _triggers(cursor)
    yield from (f"The table {table} is declared nowhere." for table in undecided_tables())


def _rows(cursor, statement: str, parameters: list | None = None) -> list[tuple]:
    cursor.execute(statement, parameters)
    return cursor.fetchall()


def _role(cursor) -> Iterator[str]:
    if _rows(cursor, POWERS)[0][0]:
        yield "The application role has powers of an administrator."
    temporary, create = _rows(cursor, CREATION)[0]
    if temporary:
        yield "The application role may create temporary tables: REVOKE TEMPORARY ON DATABASE … FROM PUBLIC."
    if create:
        yield "The application role may create objects in the schema public."
    if _rows(cursor, MEMBERSHIPS):
        yield "The application role is a member of another role."
    if _rows(cursor, OWNED_TABLES):
        yield "The application role owns tables: migrations ran with the wrong login."


def _grants(cursor) -> Iterator[str]:
    for table, declared in sorted(table_privileges().items()):
        if not _rows(cursor, "SELECT to_regclass(%s)", [f'public."{table}"'])[0][0]:
            yield f"The table {table} does not exist: run migrate."
            continue
        asked = ", ".join(f"has_table_privilege('public.\"{table}\"', '{kind}')" for kind in KINDS)
        [held] = _rows(cursor, "SELECT " + asked)
        actual = {kind for kind, has in zip(KINDS, held, strict=True) if has}
        expected = set(declared.split(", ")) - {""}
        if actual != expected:
            yield (
                f"On {table} the application role holds {', '.join(sorted(actual)) or 'nothing'}"
                f" instead of {', '.join(sorted(expected)) or 'nothing'}."
            )


def _functions(cursor) -> Iterator[str]:
    existing = {name: (config, callable_) for name, config, callable_ in _rows(cursor, FUNCTIONS)}
    declared = {function.name: function for function in declared_functions()}
    for name in sorted(set(existing) ^ set(declared)):
        yield f"The function {name} is " + ("not declared." if name in existing else "missing: run migrate.")
    for name in sorted(set(existing) & set(declared)):
        config, may_call = existing[name]
        if config != PINNED:
            yield f"The function {name} does not pin its search path."
        if may_call != (declared[name].caller == "application"):
            yield f"The function {name} has the wrong EXECUTE privilege."


def _triggers(cursor) -> Iterator[str]:
    for table, name in sorted(declared_triggers() - set(_rows(cursor, ENABLED_TRIGGERS))):
        yield f"The trigger {name} of {table} is missing or switched off."
