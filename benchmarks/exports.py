"""Exports against what the machine can do: PostgreSQL's own COPY, and lxml writing the same elements from memory.

    python -m benchmarks.exports [--items 100 10000 1000000] [--rounds 5]

Works on a database of its own that it starts and throws away. The ways take turns in every round, so that a busy
machine slows all of them alike; the figure of each is the median of its ratios. What may be exported is decided
before, when the export is asked for; the rounds write. Memory is the highest resident set of a process of its own
per size.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import IO, Any
from urllib.parse import urlsplit

import django
import psycopg2
from django.core.management import call_command

TEMPLATE = "trial_test_template"

FORM, PER_RECORD = "LB", 8


class Nowhere:
    """A file that only counts."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass


def fill(items: int) -> None:
    """Laboratory records of invented participants, written past the actions and triggers by the administrator."""
    records = max(1, items // PER_RECORD)
    admin = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{TEMPLATE}").geturl()
    with closing(psycopg2.connect(admin)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in ("outcomes_laboratory", "outcomes_visit", "enrollment_subject"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        for statement in statements(cursor, records):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def statements(cursor: Any, records: int) -> list[str]:
    """Every participant at every visit once; columns that are not named here get a value of their type."""
    from trial_site.core import protocol as protocols

    codes = [visit.code for visit in protocols.latest().visits]
    subjects = -(-records // len(codes))
    subject = f"1 + (n - 1) / {len(codes)}"
    cursor.execute("DELETE FROM core_studysite")
    return [
        insert(
            cursor, "core_studysite", "generate_series(1, 1) n", id="n", code="'01'", name="'x'", zone="'UTC'"
        ),
        insert(
            cursor,
            "enrollment_subject",
            f"generate_series(1, {subjects}) n",
            id="n",
            number="'01-' || lpad(n::text, 6, '0')",
            site_id="1",
            state="'randomized'",
        ),
        insert(
            cursor,
            "outcomes_visit",
            f"generate_series(1, {records}) n",
            id="n",
            subject_id=subject,
            code=f"(ARRAY{codes})[1 + (n - 1) % {len(codes)}]",
        ),
        insert(
            cursor,
            "outcomes_laboratory",
            f"generate_series(1, {records}) n",
            id="n",
            subject_id=subject,
            visit_id="n",
            missing="'{}'",
            **dict.fromkeys(results(), "round((1 + n % 90)::numeric / 10, 1)"),
        ),
    ]


def results() -> list[str]:
    from outcomes.models import Laboratory

    return [f.column for f in Laboratory._meta.concrete_fields if f.get_internal_type() == "DecimalField"]


def insert(cursor: Any, table: str, source: str, **values: str) -> str:
    plain = {
        "text": "''",
        "character varying": "''",
        "jsonb": "'{}'",
        "boolean": "false",
        "date": "'2026-01-01'",
    }
    plain |= {"timestamp with time zone": "'2026-01-01T08:00Z'"}
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = %s AND is_nullable = 'NO'",
        [table],
    )
    whole = {name: plain.get(kind, "1") for name, kind in cursor.fetchall()} | values
    return f"INSERT INTO {table} ({', '.join(whole)}) SELECT {', '.join(whole.values())} FROM {source}"  # noqa: S608


def selection() -> Any:
    from trial_site.core.actors import Actor
    from trial_site.exports.blinded import select
    from trial_site.exports.wishes import Wish

    return select(Actor.system("benchmark"), Wish(forms=(FORM,)))


def copy_plain(out: Nowhere) -> None:
    """The floor: the same columns and joins in the same kind of transaction, as PostgreSQL writes them by itself."""
    from django.db import connection

    from trial_site.exports.sql import snapshot

    columns = ", ".join(
        [*(f"l.{name}" for name in results()), *(f"l.missing ->> '{name}'" for name in results())]
    )
    query = (
        f"SELECT 'NCT05741099', c.code, s.number, v.code, v.repeat, NULL, l.sampled_at, {columns}"  # noqa: S608
        " FROM outcomes_laboratory l JOIN enrollment_subject s ON s.id = l.subject_id"
        " JOIN core_studysite c ON c.id = s.site_id JOIN outcomes_visit v ON v.id = l.visit_id"
        ' ORDER BY s.number COLLATE "C", l.id'
    )
    with snapshot(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", out)


def csv(out: Nowhere, chosen: Any) -> None:
    from trial_site.exports.sql import copy_form, snapshot

    with snapshot():
        copy_form(chosen.datasets[0], chosen, out, study="NCT05741099")


def odm(out: Nowhere, chosen: Any) -> None:
    from trial_site.core import protocol as protocols
    from trial_site.exports.odm_clinical import subjects
    from trial_site.exports.sql import item_rows, snapshot

    with snapshot(), closing(item_rows(chosen)) as rows:
        for text in subjects(rows, chosen.datasets, protocols.latest()):
            out.write(text.encode())


def lxml_from(rows: list[Any]) -> Callable[[IO[bytes]], None]:
    """The same elements and attributes, from rows that are in memory already."""
    from lxml import etree

    from trial_site.exports.dictionary import items

    variables = items(selection().datasets[0])

    def write(out: Any) -> None:
        with etree.xmlfile(out, encoding="utf-8") as xml, xml.element("ClinicalData"):
            for row in rows:
                with (
                    xml.element("SubjectData", SubjectKey=row.subject),
                    xml.element("StudyEventData", StudyEventOID=f"SE.{row.visit}"),
                    xml.element("FormData", FormOID=f"F.{FORM}"),
                    xml.element("ItemGroupData", ItemGroupOID=f"IG.{FORM}"),
                ):
                    for variable, value in zip(variables, row.values, strict=True):
                        if value is not None:
                            with xml.element("ItemData", ItemOID=f"I.{FORM}.{variable.name}", Value=value):
                                if variable.unit:
                                    unit = f"MU.{variable.unit}"
                                    with xml.element("MeasurementUnitRef", MeasurementUnitOID=unit):
                                        pass

    return write


def seconds(work: Callable[[Any], None]) -> float:
    began = time.perf_counter()
    work(Nowhere())
    return time.perf_counter() - began


def compare(rounds: int) -> dict[str, float]:
    from trial_site.exports.sql import item_rows, snapshot

    chosen = selection()
    with snapshot(), closing(item_rows(chosen)) as found:
        rows = list(found)
    ways = {
        "copy": copy_plain,
        "csv": partial(csv, chosen=chosen),
        "lxml": lxml_from(rows),
        "odm": partial(odm, chosen=chosen),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(rounds):
        for name, way in ways.items():
            taken[name].append(seconds(way))
    csv_ratio = statistics.median(c / o for c, o in zip(taken["copy"], taken["csv"], strict=True))
    odm_ratio = statistics.median(c / o for c, o in zip(taken["lxml"], taken["odm"], strict=True))
    return {"csv of copy": round(csv_ratio, 2), "odm of lxml": round(odm_ratio, 2)}


def peak(way: str) -> float:
    """MB of the highest resident set of a process that does nothing else."""
    program = [sys.executable, "-m", "benchmarks.exports", "--only", way]
    return round(float(subprocess.run(program, capture_output=True, check=True, text=True).stdout), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, nargs="+", default=[100, 10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["csv", "odm"], help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_site.settings")
    if wanted.only is None:
        import tests.prepared  # noqa: F401 - starts the server and says in the environment where it is
    django.setup()
    if wanted.only:
        {"csv": csv, "odm": odm}[wanted.only](Nowhere(), selection())
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    call_command("migrate", verbosity=0)
    for items in wanted.items:
        fill(items)
        memory = {"MB csv": peak("csv"), "MB odm": peak("odm")}
        print(json.dumps({"items": items, **compare(wanted.rounds), **memory}), flush=True)


if __name__ == "__main__":
    main()
