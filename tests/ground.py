"""The ground the tests stand on: a real PostgreSQL with the two roles, and a real broker.

Loaded as a pytest plugin before settings are read. With DATABASE_OWNER_URL in the environment (a login that may
create roles and databases, PostgreSQL 15 to 18) that server is used, otherwise a throwaway embedded one.
"""

import atexit
import os
import secrets
from contextlib import ExitStack
from urllib.parse import quote, urlsplit

import psycopg2
from psycopg2 import sql

from trial_site.demo import servers

OWNER, APPLICATION, TEMPLATE = "trial_test_owner", "trial_test_app", "trial_test_template"


def url(admin: str, role: str, password: str, name: str) -> str:
    parts = urlsplit(admin)
    return f"postgres://{role}:{quote(password)}@{parts.hostname}:{parts.port or 5432}/{name}"


def prepare() -> None:
    """Start what is missing and put both roles' URLs into the environment for settings to read."""
    stack = ExitStack()
    atexit.register(stack.close)
    admin = os.environ.get("DATABASE_OWNER_URL") or stack.enter_context(servers.throwaway_postgres())
    if "BROKER_URL" not in os.environ:
        os.environ["BROKER_URL"] = stack.enter_context(servers.throwaway_valkey())
    owner_password, application_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    recreate_template(admin, owner_password, application_password)
    os.environ |= {
        "TEST_ADMIN_URL": admin,
        "DATABASE_OWNER_URL": url(admin, OWNER, owner_password, TEMPLATE),
        "DATABASE_URL": url(admin, APPLICATION, application_password, TEMPLATE),
        "EMAIL_URL": os.environ.get("EMAIL_URL", "smtp://127.0.0.1:2525"),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "DEMO": "1",
        "STATIC_ROOT": os.path.join(os.environ.get("TMPDIR", "/tmp"), f"trial-static-{os.getpid()}"),  # noqa: S108
    }


def recreate_template(admin: str, owner_password: str, application_password: str) -> None:
    connection = psycopg2.connect(admin)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'trial\\_test\\_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    connection.close()
    servers.provision(
        admin,
        database=TEMPLATE,
        owner=(OWNER, owner_password),
        application=(APPLICATION, application_password),
    )


if "PYTEST_XDIST_WORKER" not in os.environ:
    prepare()
