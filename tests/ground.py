"""The ground the tests stand on: a real PostgreSQL with the two roles, and a real broker.

Prepared by the pytest plugin tests.prepared. With DATABASE_OWNER_URL in the environment (a login that may
create roles and databases, PostgreSQL 15 to 18) that server is used, otherwise a throwaway embedded one.
"""

import atexit
import os
import secrets
import tempfile
from contextlib import ExitStack, closing
from urllib.parse import quote, urlsplit

import psycopg2
from cryptography.fernet import Fernet
from psycopg2 import sql

from trial_site.demo.catalogues import compile_catalogues
from trial_site.demo.environment import PROJECT
from trial_site.demo.provision import Login, ensure_database, provision
from trial_site.demo.throwaway import throwaway_cluster, throwaway_valkey

TEMPLATE, OWNER, APPLICATION = "trial_test_template", "trial_test_owner", "trial_test_app"


def prepare() -> None:
    """Start what is missing and put both roles' URLs into the environment for settings to read."""
    compile_catalogues(PROJECT / "locale")
    stack = ExitStack()
    atexit.register(stack.close)
    admin = os.environ.get("DATABASE_OWNER_URL") or stack.enter_context(throwaway_cluster())
    if "BROKER_URL" not in os.environ:
        os.environ["BROKER_URL"] = stack.enter_context(throwaway_valkey())
    owner, application = (
        Login(OWNER, secrets.token_urlsafe(24)),
        Login(APPLICATION, secrets.token_urlsafe(24)),
    )
    drop_test_databases(admin)
    provision(admin, database=TEMPLATE, owner=owner, app=application)
    os.environ |= {
        "TEST_ADMIN_URL": admin,
        "DATABASE_OWNER_URL": login_url(admin, owner),
        "DATABASE_URL": login_url(admin, application),
        "EMAIL_URL": "smtp://127.0.0.1:2525",
        "IDENTITY_KEYS": Fernet.generate_key().decode(),
        "CONTACT_KEYS": Fernet.generate_key().decode(),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "DEMO": "1",
        "STATIC_ROOT": stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-static-")),
    }


def login_url(admin: str, login: Login, database: str = TEMPLATE) -> str:
    parts = urlsplit(admin)
    return f"postgres://{login.name}:{quote(login.password)}@{parts.hostname}:{parts.port or 5432}/{database}"


def execute(statement: str, *names: str) -> list[tuple]:
    """Run one statement as the administrator; {} stand for the quoted names."""
    connection = psycopg2.connect(os.environ["TEST_ADMIN_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def drop_test_databases(admin: str) -> None:
    os.environ["TEST_ADMIN_URL"] = admin
    for (name,) in execute("SELECT datname FROM pg_database WHERE datname LIKE 'trial\\_test\\_%'"):
        execute("DROP DATABASE {} WITH (FORCE)", name)


def clone_template(name: str, template: str = TEMPLATE) -> None:
    """(Re)create the database `name` as a copy of the migrated template."""
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    ensure_database(os.environ["TEST_ADMIN_URL"], name, owner=OWNER, app=APPLICATION, template=template)


FINGERPRINT = """
SELECT (SELECT max(id) FROM audit_event), (SELECT max(id) FROM sealed.sealed_event),
       (SELECT max(id) FROM audit_seal), (SELECT max(id) FROM sealed.sealed_seal),
       (SELECT count(*) FROM django_session),
       (SELECT md5(string_agg(c::text, '' ORDER BY oid)) FROM
           (SELECT oid, relname, relnamespace, relacl FROM pg_class
             WHERE relnamespace IN ('public'::regnamespace, 'sealed'::regnamespace)) c),
       (SELECT md5(string_agg(nspacl::text, '' ORDER BY oid)) FROM pg_namespace),
       (SELECT md5(string_agg(t::text, '' ORDER BY oid)) FROM (SELECT oid, tgname, tgenabled FROM pg_trigger) t),
       (SELECT md5(string_agg(p::text, '' ORDER BY oid)) FROM
           (SELECT oid, prosrc, proacl, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace) p),
       (SELECT datacl::text FROM pg_database WHERE datname = current_database())
"""


untouched: dict[str, tuple] = {}


def fresh_clone(name: str) -> None:
    """The database `name` as the template is, if anything was committed in it since the last time."""
    close_connections()
    if not is_untouched(name):
        clone_template(name)
        untouched[name] = fingerprint(name)


def is_untouched(name: str) -> bool:
    return name in untouched and fingerprint(name) == untouched[name]


def close_connections() -> None:
    from django.db import connections

    for connection in connections.all():
        connection.close()


def fingerprint(name: str) -> tuple:
    """Differs when anything was committed in this database: history misses nothing that has study data."""
    url = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{name}").geturl()
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return cursor.fetchone()
