"""Fixtures. Tests run as the application role, on a clone of a template that the owner migrated.

A plain database test is rolled back; a transactional one gets a fresh clone afterwards, never a flush (the
application role may not empty tables, and must not).
"""

import fcntl
import os
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg2 import sql

from tests import ground

pytest_plugins = ["tests.cast"]


def admin_execute(*statements: sql.Composable) -> None:
    connection = psycopg2.connect(os.environ["TEST_ADMIN_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def clone_template(name: str) -> None:
    """(Re)create the database `name` as a copy of the migrated template."""
    target, template = sql.Identifier(name), sql.Identifier(ground.TEMPLATE)
    owner, application = sql.Identifier(ground.OWNER), sql.Identifier(ground.APPLICATION)
    admin_execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target),
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(target, template, owner),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(target),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(target, application),
        sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(target),
    )


def use_database(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def database_name(worker_id: str) -> str:
    return f"trial_test_{worker_id}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, database_name, tmp_path_factory) -> None:
    """Build the template once for all workers, then clone it for this one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with (shared / "template.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = Path(shared / "template.done")
        if not done.exists():
            call_command("migrate", verbosity=0)
            from tests.cast import build_template

            build_template()
            for connection in connections.all():
                connection.close()
            done.touch()
        clone_template(database_name)
    use_database(database_name)


@pytest.fixture(autouse=True)
def _fresh_clone_after_transactional_tests(request, monkeypatch) -> None:
    def reclone(self) -> None:
        for connection in connections.all():
            connection.close()
        clone_template(settings.DATABASES["default"]["NAME"])

    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", reclone)


@pytest.fixture
def owner():
    """A cursor of the owner role on this worker's database, for looking where the application cannot."""
    config = settings.DATABASES["owner"]
    connection = psycopg2.connect(
        host=config["HOST"],
        port=config["PORT"],
        user=config["USER"],
        password=config["PASSWORD"],
        dbname=config["NAME"],
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


@pytest.fixture
def application():
    """Opens connections of the application role, outside Django, as an attacker would hold one."""
    opened = []

    def connect():
        config = settings.DATABASES["default"]
        connection = psycopg2.connect(
            host=config["HOST"],
            port=config["PORT"],
            user=config["USER"],
            password=config["PASSWORD"],
            dbname=config["NAME"],
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()
