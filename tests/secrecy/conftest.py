"""Fixtures of those who attack the sealed room."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings

from tests.secrecy.attacker import Attacker
from trial_site.demo.provision import COUNTERS


@pytest.fixture
def attacker(application) -> Attacker:
    return Attacker(application)


@pytest.fixture
def room(owner) -> Callable[..., list[tuple]]:
    """Statements of the owner, who looks where the attacker cannot."""
    connection = owner()
    connection.autocommit = True

    def run(statement: str, *parameters: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def open_counters(transactional_db) -> Iterator[None]:
    """Somebody else's server, whose statistics are open to every login: what they count must tell nothing either."""
    grant("GRANT EXECUTE ON FUNCTION {} TO PUBLIC")
    yield
    grant("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC")


def grant(statement: str) -> None:
    server = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{settings.DATABASES['default']['NAME']}")
    with closing(psycopg2.connect(server.geturl())) as connection, connection, connection.cursor() as cursor:
        cursor.execute(COUNTERS)
        cursor.execute(statement.format(", ".join(name for (name,) in cursor.fetchall())))
