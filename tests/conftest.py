"""Fixtures. Tests run as the application role, on a clone of a template that the owner migrated.

A plain database test is rolled back; a transactional one gets a fresh clone afterwards, never a flush (the
application role may not empty tables, and must not).
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.ground import close_connections, fresh_clone

pytest_plugins = ["tests.cast", "tests.followed"]
# A busy machine is no mistake of the code.
hypothesis.register_profile("trial", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("trial")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end nobody waits for them."""
    long = ("tests/secrecy/test_verify_blinding.py", "tests/journeys/")
    items.sort(key=lambda item: not item.nodeid.startswith(long))


def use_database(name: str) -> None:
    close_connections()
    for alias in ("default", "owner"):
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker_id: str, tmp_path_factory) -> None:
    """Build the template once for all workers, then clone it for this one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with Path(folder / "template.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not Path(folder / "template.done").exists():
            from tests.cast import build_template

            call_command("migrate", verbosity=0)
            build_template()
            close_connections()
            Path(folder / "template.done").touch()
        fresh_clone(f"trial_test_{worker_id}")
    use_database(f"trial_test_{worker_id}")


@pytest.fixture(scope="session", autouse=True)
def _fresh_clone_after_a_transactional_test() -> Iterator[None]:
    """For the whole session: a patch of one test is undone before that test's database is torn down."""

    def reclone(self) -> None:
        fresh_clone(settings.DATABASES["default"]["NAME"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", reclone)
        yield


@pytest.fixture(autouse=True)
def _cache_of_its_own() -> None:
    """Workers share one Valkey: no test counts the wrong passwords of another."""
    settings.CACHES["default"]["KEY_PREFIX"] = secrets.token_hex(8)
    setting_changed.send(sender=settings, setting="CACHES", value=settings.CACHES, enter=True)


Connect = Callable[[], "psycopg2.extensions.connection"]


def connector(alias: str) -> Iterator[Connect]:
    opened = []

    def connect() -> "psycopg2.extensions.connection":
        config = settings.DATABASES[alias]
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
        logging_in = {name: config[key] for name, key in names.items()} | config["OPTIONS"]
        opened.append(psycopg2.connect(**logging_in))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def application(transactional_db) -> Iterator[Connect]:
    """Opens connections of the application role, outside Django, as an attacker would hold them."""
    yield from connector("default")


@pytest.fixture
def owner(transactional_db) -> Iterator[Connect]:
    """Opens connections of the owner role, for looking where the application cannot."""
    yield from connector("owner")
