"""Inside one clone, as the application role: the same further actions, then everything a blinded person can
obtain. Run as `python -m trial_site.blinding.replica TASK`, in a process of its own."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import django
import typst
from celery.signals import before_task_publish
from django.conf import settings

UNBLINDED = ("pharmacist", "unblinded_monitor", "unblinded_statistician")
SESSIONS = "django_session"
ALL_OVER = (
    "SELECT coalesce(max(tx), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM audit_event"
)


def set_up() -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    django.setup()
    leave_documents_unprinted()


def leave_documents_unprinted() -> None:
    from trial_site.core import printing

    printing.typst = Unprinted  # type: ignore[assignment]


class Unprinted:
    """Stands for typst: a document is its template and its data. The bytes of a PDF are compressed and hold the
    time, so nothing in them could be compared or masked; what it shows follows from these two alone."""

    Fonts = typst.Fonts

    @staticmethod
    def compile(source: bytes, *, sys_inputs: dict[str, str], **how: Any) -> bytes:
        return source + sys_inputs["data"].encode()


class Overheard(logging.Handler):
    """Keeps every log line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name} {record.getMessage()}")


class SentTasks:
    """Keeps name and arguments of every background task that is sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        before_task_publish.connect(self.keep, weak=False)

    def keep(self, sender: str, body: tuple, **rest: Any) -> None:
        arguments, named, *_options = body
        self.lines.append(f"{sender} {arguments!r} {named!r}")


def perform(task: dict[str, Any]) -> None:
    """Replay, collect, and hand over as JSON."""
    from django.utils import timezone

    from trial_site.exports.actions import CLAIM

    began, overheard, sent = timezone.now(), Overheard(), SentTasks()
    logging.getLogger().addHandler(overheard)
    given = replay(task)
    times: list[tuple[str, str, float]] = []
    parts = list(collect(task["roles"], times))
    parts += [("log", "\n".join(overheard.lines)), ("tasks sent", "\n".join(sent.lines))]
    found = {
        "began": began.isoformat(),
        "ended": (timezone.now() + CLAIM).isoformat(),  # the last export is claimed until then
        "given": given,
        "times": times,
        "open": supply(),
        "parts": parts,
        **drawn(),
    }
    Path(task["output"]).write_text(json.dumps(found), encoding="utf-8")


def replay(task: dict[str, Any]) -> int:
    """More people come to the trial, at fixed instants of the past. Returns how many were infused."""
    from dosing.models import Infusion
    from trial_site.core.models import StudySite
    from trial_site.simulation.study import simulate
    from trial_site.simulation.troupe import Troupe

    before = Infusion.objects.count()
    simulate(
        StudySite.objects.get(code="01"),
        Troupe.from_file(Path(task["accounts"])),
        participants=task["participants"],
        seed=task["seed"],
        until=datetime.fromisoformat(task["until"]),
    )
    return Infusion.objects.count() - before


def supply() -> list[bool]:
    """Whether supply is open at each study site, after the replay and the visits."""
    from randomization.actions import supply_open
    from trial_site.core.models import StudySite

    return [supply_open(site) for site in StudySite.objects.order_by("pk")]


def collect(roles: list[str], times: list) -> Iterator[tuple[str, str]]:
    """Rows and e-mails after the replay, then what each blinded role reads, then the rows again."""
    seal_history()
    yield from rows("rows after the replay")
    yield from emails()
    yield from pages(roles, times)
    yield from rows("rows after the visits")


def seal_history() -> None:
    """One seal over the whole replay. Another clone at work on the same server would leave a row for the next."""
    from django.db import connection

    from randomization.actions import seal_room
    from trial_site.audit.sealing import seal

    with connection.cursor() as cursor:
        while True:
            cursor.execute(ALL_OVER)
            if cursor.fetchone()[0]:
                break
            time.sleep(0.1)
    seal()
    seal_room()


def rows(when: str) -> Iterator[tuple[str, str]]:
    """Every row the application role may read, which is every table that is not sealed."""
    from django.db import connection

    from trial_site.blinding.masks import of_equal_length

    with connection.cursor() as cursor:
        for table in open_tables(cursor):
            name = connection.ops.quote_name(table)
            key = "event_id" if table == "audit_leaf" else "id"
            cursor.execute(f"SELECT to_jsonb(t)::text FROM public.{name} t ORDER BY {key}")  # noqa: S608
            text = "\n".join(line for (line,) in cursor.fetchall())
            yield f"{when}: {table}", of_equal_length(text)
    yield f"{when}: {SESSIONS}", sessions()


def open_tables(cursor) -> list[str]:
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND has_table_privilege(oid, 'SELECT') ORDER BY relname"
    )
    return [name for (name,) in cursor.fetchall() if name != SESSIONS]


def sessions() -> str:
    """What sessions hold. Their keys are random, and their contents are signed together with the time."""
    from django.contrib.sessions.models import Session

    held = [json.dumps(session.get_decoded(), sort_keys=True) for session in Session.objects.all()]
    return "\n".join(sorted(held))


def emails() -> Iterator[tuple[str, str]]:
    from django.core import mail

    from outcomes.tasks import plan_visit_reminders, send_notices
    from randomization.tasks import finish_interrupted, watch_supply

    for task in (finish_interrupted, plan_visit_reminders, watch_supply, send_notices):
        yield f"result of task {task.name}", repr(task.apply().result)
    for index, message in enumerate(getattr(mail, "outbox", [])):
        yield f"e-mail {index}", message.message().as_string()


def pages(roles: list[str], times: list) -> Iterator[tuple[str, str]]:
    from django.urls import reverse

    from trial_site.exports.models import ON_REQUEST

    visitors = list(visitors_of(roles))
    for visitor in visitors:
        yield from visitor.read()
        times += visitor.times
        yield from visitor.probe()
    for visitor in visitors:
        yield from visitor.send()
        yield from visitor.export(
            reverse("exports:make"), [str(each) for each in ON_REQUEST], forms_of_the_study()
        )


def forms_of_the_study() -> list[str]:
    from trial_site.exports.blinded import DATASETS

    return [dataset.form for dataset in DATASETS if not dataset.until_lock]


def visitors_of(roles: list[str]) -> Iterator[Any]:
    """Everybody of a blinded role, and somebody who has not signed in. An empty list means every blinded role."""
    from django.test import Client

    from trial_site.blinding.crawl import Visitor
    from trial_site.core.models import StaffMember

    yield Visitor("nobody", Client(raise_request_exception=False))
    for staff in StaffMember.objects.exclude(role__in=UNBLINDED).order_by("pk"):
        if not roles or staff.role in roles:
            client = Client(raise_request_exception=False)
            client.force_login(staff)
            yield Visitor(staff.email, client)


def drawn() -> dict[str, list[str]]:
    """What is drawn afresh in each clone, in the order of its making: numbers of queries and deviations, codes of
    exports, and the hashes of their files, which hold the time of the export. Files of two people who read the same
    may be equal, and have one hash."""
    from trial_site.exports.models import Export
    from trial_site.monitoring.models import Deviation, Query

    hashes = Export.objects.exclude(sha256="").order_by("pk").values_list("sha256", flat=True)
    return {
        "queries": list(Query.objects.order_by("pk").values_list("number", flat=True)),
        "deviations": list(Deviation.objects.order_by("pk").values_list("number", flat=True)),
        "exports": list(dict.fromkeys(hashes)),
        "codes": list(Export.objects.order_by("pk").values_list("code", flat=True)),
    }


if __name__ == "__main__":
    set_up()
    perform(json.loads(sys.argv[1]))
