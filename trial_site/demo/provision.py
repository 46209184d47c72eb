"""The two database roles and the database of one study (PostgreSQL 15 to 18). Idempotent.

The owner role migrates; the application role, which web and worker use, may connect and gets from here on
only what the application's own grants give it (docs/adr, "sealed room and two roles")."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class with a small name
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Composable, Identifier, Literal

from trial_site.demo.errors import DemoFailed, last_words

# As the owner, in the database itself. PUBLIC would otherwise keep TEMPORARY, with which a table, function
# or operator of ours could be shadowed.
PRIVILEGES = (
    "SET ROLE {owner}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC, {app}",
    "GRANT CONNECT ON DATABASE {database} TO {app}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC, {app}",
    "GRANT USAGE ON SCHEMA public TO {app}",
    "ALTER DATABASE {database} SET timezone TO 'UTC'",
)

# A right over the catalog's functions counts in one database; what they show is of the whole server.
ELSEWHERE = (
    "SELECT datname FROM pg_database WHERE datname IN ('postgres', 'template1')"
    " AND has_database_privilege(%s, oid, 'CONNECT, TEMPORARY')"
)
# How many rows a sealed table gained between two looks, or how long the log grew, says when a bag was replaced; which
# rows a statement locked, where a kit lies; what another session runs, what the pharmacist notes. All that stays with
# the owner and with roles that watch the server; only its administrator can see to that.
COUNTERS = (
    "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND"
    " (proname ~ '^pg_(stat_get|current_wal|last_wal|control)_|^pg_[a-z_]+_size$|wal_summar'"
    " OR proname IN ('pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids',"
    " 'pg_isolation_test_session_is_blocked', 'pg_xact_status', 'txid_status', 'pg_logical_emit_message'))"
)


@dataclass(frozen=True)
class Login:
    """A database role that may log in."""

    name: str
    password: str = field(repr=False)


def provision(admin_url: str, *, database: str, owner: Login, app: Login) -> None:
    """Roles and database as they must be, whatever was there before."""
    ensure_role(admin_url, owner)
    ensure_role(admin_url, app)
    ensure_database(admin_url, database, owner=owner.name, app=app.name)


def ensure_role(admin_url: str, login: Login) -> None:
    """A role that may log in with this password and is nothing more."""
    role = Identifier(login.name)
    with _admin(admin_url) as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [login.name])
        if not cursor.rowcount:
            _do(cursor, "CREATE ROLE {role}", role=role)
        if _is_superuser(cursor):
            no_powers = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            _do(cursor, f"ALTER ROLE {{role}} {no_powers}", role=role)
        # Hashed here: the clear password reaches neither the server nor its log.
        verifier = Literal(encrypt_password(login.password, login.name, cursor.connection, "scram-sha-256"))
        _do(cursor, "ALTER ROLE {role} LOGIN PASSWORD {verifier}", role=role, verifier=verifier)
        _refuse_power(cursor, login.name)


def ensure_database(admin_url: str, name: str, *, owner: str, app: str, template: str = "template0") -> None:
    """A database of `owner` that `app` may connect to and nobody else, without temporary tables.

    These privileges belong to the database itself: a copy made from a template needs them again."""
    names = {each: Identifier(value) for each, value in (("database", name), ("owner", owner), ("app", app))}
    with _admin(admin_url) as cursor:
        if not _is_superuser(cursor):
            _do(cursor, "GRANT {owner} TO CURRENT_USER", **names)
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if not cursor.rowcount:
            how = " ENCODING 'UTF8'" if template == "template0" else " STRATEGY FILE_COPY"
            create = "CREATE DATABASE {database} TEMPLATE {template}" + how
            _do(cursor, create, template=Identifier(template), **names)
        _do(cursor, "ALTER DATABASE {database} OWNER TO {owner}", **names)
        if _is_superuser(cursor):
            cursor.execute(ELSEWHERE, [app])
            for (other,) in cursor.fetchall():
                _do(
                    cursor,
                    "REVOKE CONNECT, TEMPORARY ON DATABASE {other} FROM PUBLIC",
                    other=Identifier(other),
                )
    with _admin(admin_url, name) as cursor:
        if _is_superuser(cursor):
            _hide_counters(cursor, owner)
        for statement in PRIVILEGES:
            _do(cursor, statement, **names)


def _hide_counters(cursor: Cursor, owner: str) -> None:
    cursor.execute(COUNTERS)
    functions = SQL(", ").join(SQL(name) for (name,) in cursor.fetchall())
    _do(cursor, "REVOKE EXECUTE ON FUNCTION {functions} FROM PUBLIC", functions=functions)
    _do(
        cursor,
        "GRANT EXECUTE ON FUNCTION {functions} TO pg_monitor, {owner}",
        functions=functions,
        owner=Identifier(owner),
    )


def drop_database(admin_url: str, name: str) -> None:
    """The database is gone afterwards, with every session in it."""
    with _admin(admin_url) as cursor:
        _do(cursor, "DROP DATABASE IF EXISTS {database} WITH (FORCE)", database=Identifier(name))


@contextmanager
def _admin(url: str, database: str | None = None) -> Iterator[Cursor]:
    """A session of the administrator; PostgreSQL's own sentence becomes ours."""
    connection = None
    try:
        connection = psycopg2.connect(url, **({"dbname": database} if database else {}))
        connection.autocommit = True
        with connection.cursor() as cursor:
            # Two callers at once would run into "tuple concurrently updated".
            cursor.execute("SELECT pg_advisory_lock(hashtext('trial provision'))")
            yield cursor
    except psycopg2.Error as error:
        reason = error.diag.message_primary or last_words(str(error))
        raise DemoFailed(f"The database could not be provisioned: {reason}") from error
    finally:
        if connection:
            connection.close()


def _do(cursor: Cursor, statement: str, **parts: Composable) -> None:
    cursor.execute(SQL(statement).format(**parts))


def _is_superuser(cursor: Cursor) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool(cursor.fetchone()[0])


def _refuse_power(cursor: Cursor, role: str) -> None:
    """An administrator who is no superuser cannot take a power away that a role already has."""
    cursor.execute(
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        " OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = %s",
        [role],
    )
    if cursor.fetchone()[0]:
        raise DemoFailed(f"The database role {role} has more power than it may have; take it away first.")
