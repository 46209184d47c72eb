"""What a leak could know: the sealed tables of the clone that this process works on."""

import os
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import psycopg2

TREATMENTS = """
SELECT s.number, p.arm, k.expires_on::text, p.arm = (SELECT min(arm) FROM sealed.sealed_place)
  FROM randomization_randomization r
  JOIN enrollment_subject s ON s.id = r.subject_id
  JOIN sealed.sealed_place p ON p.randomization_number = r.number
  JOIN sealed.sealed_binding b ON b.place = p.place
  JOIN sealed.sealed_movement m ON m.bag = b.bag AND m.access_id IS NULL
  JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number
"""


@dataclass(frozen=True)
class Treatment:
    """What one participant gets."""

    number: str
    arm: str
    expires_on: str
    first_arm: bool


def sealed(statement: str) -> list[tuple]:
    database = urlsplit(os.environ["DATABASE_URL"]).path
    url = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=database).geturl()
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@cache
def treatments() -> dict[str, Treatment]:
    """By participant number, as of the first question."""
    return {row[0]: Treatment(*row) for row in sealed(TREATMENTS)}
