"""Reminders claimed in the database and sent by Celery workers, over plain smtplib sending the same messages.

    python -m benchmarks.reminders [--reminders 10000] [--rounds 5]

Each reminder goes to another participant: a worker claims it, asks again whether the visit is still planned and the
participant still agrees, opens the address, writes the letter, sends it, and keeps what became of it, each step with
its history. smtplib has the finished messages in memory and sends them over one connection that stays open (the ratio
that counts), or over a connection each. The mail server is aiosmtpd in a process of its own, the broker Valkey; the
database is a throwaway one that does not wait for the disk, or that of DATABASE_OWNER_URL. The reminders are sent in
rounds in which all ways take turns, so that a busy machine slows them alike; the figure of each is its median. At the
end the mail server must have taken every message equally often.
"""

import argparse
import json
import os
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from statistics import median
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit

import psycopg2

TEMPLATE = "trial_test_template"
WORKERS, AIM, PATIENCE = 4, 0.5, 600
SENDER, TO = "trial@localhost", "participant@example.org"
COPIED = {
    "randomization_randomization": {"number": "'B' || s.id"},
    "enrollment_screening": {},
    "enrollment_emailcontact": {},
    "dosing_infusion": {"order_id": "s.id"},
}
INFUSED = "UPDATE public.dosing_infusion SET started_at = %(at)s, entered_at = %(at)s, stopped_at = %(at)s"
MORE_PEOPLE = """
INSERT INTO public.enrollment_subject
SELECT (jsonb_populate_record(NULL::public.enrollment_subject, to_jsonb(t) || jsonb_build_object(
           'id', nextval(pg_get_serial_sequence('public.enrollment_subject', 'id')), 'number', 'B-' || n))).*
  FROM public.enrollment_subject t CROSS JOIN generate_series(2, %s) n WHERE t.id = %s
"""
COPY = """
INSERT INTO public.{table}
SELECT (jsonb_populate_record(NULL::public.{table}, to_jsonb(t) || jsonb_build_object(
           'id', nextval(pg_get_serial_sequence('public.{table}', 'id')), 'subject_id', s.id{more}))).*
  FROM public.{table} t CROSS JOIN public.enrollment_subject s WHERE t.subject_id = %s AND s.number LIKE 'B-%%'
"""


def make_study(participants: int) -> datetime:
    """So many participants with a visit tomorrow who want to be reminded of it: one, and copies. Returns noon."""
    from django.core.management import call_command

    from enrollment.actions import record_email_contact
    from tests.cast import build_template
    from tests.story import participant_at, troupe
    from trial_site.core.permissions import Role

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    build_template()
    subject, at = participant_at("infused")
    by = troupe().actor(Role.COORDINATOR, at=at)
    record_email_contact(subject, agreed=True, email=TO, by=by, at=at)
    noon = datetime.combine(subject.site.date_of(now), time(12), tzinfo=subject.site.tz)
    with as_administrator() as cursor:
        cursor.execute(INFUSED, {"at": noon - timedelta(days=6)})
        cursor.execute(MORE_PEOPLE, [participants, subject.pk])
        for table, changes in COPIED.items():
            more = "".join(f", '{name}', {value}" for name, value in changes.items())
            cursor.execute(COPY.format(table=table, more=more), [subject.pk])
        cursor.execute("ANALYZE")
    return noon


@contextmanager
def as_administrator() -> Iterator[Any]:
    """Past the triggers and foreign keys: the copies need not have a history."""
    admin = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{TEMPLATE}").geturl()
    with closing(psycopg2.connect(admin)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor


def finished_letters() -> list[bytes]:
    """The messages that the workers will send, as bytes, for each reminder that is due."""
    from outcomes.actions.appointments import appointments
    from trial_site.core.models import Notice

    notices = list(Notice.objects.select_related("site").order_by("id"))
    letters = [letter for _count, letter in appointments(notices, datetime.now(UTC)) if letter]
    assert len(letters) == len(notices), "every reminder is still due"
    return [letter.message().as_bytes() for letter in letters]


def one_connection(letters: list[bytes], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for letter in letters:
            server.sendmail(SENDER, [TO], letter)


def a_connection_each(letters: list[bytes], port: int) -> None:
    for letter in letters:
        one_connection([letter], port)


def by_workers(count: int) -> None:
    """One Celery task for each of `count` workers, as beat hands them out; until nothing is left to send."""
    from outcomes.tasks import send_notices
    from trial_site.core.models import Notice, NoticeState

    for number in range(count):
        send_notices.apply_async(queue=f"sending-{number}")
    unsent = Notice.objects.filter(state__in=[NoticeState.PLANNED, NoticeState.CLAIMED])
    until = perf_counter() + PATIENCE
    while unsent.exists():
        assert perf_counter() < until, "the workers have stopped"
        sleep(0.05)


def plan_again() -> None:
    with as_administrator() as cursor:
        cursor.execute(
            "UPDATE public.core_notice SET state = 'planned', attempts = 0, next_attempt_at = now()"
        )
        cursor.execute("ANALYZE public.core_notice")


@contextmanager
def mail_server() -> Iterator[subprocess.Popen[str]]:
    """Says its port in its first line, and at its end how often it took each message."""
    program = [sys.executable, "-m", "benchmarks.reminders", "--serve"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server


def serve() -> None:
    from aiosmtpd.controller import Controller

    from trial_site.demo.postgres import free_port

    taken: Counter[str] = Counter()

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port())
    controller.start()
    print(controller.port, flush=True)
    sys.stdin.read()
    controller.stop()
    print(json.dumps(Counter(taken.values())))


@contextmanager
def workers() -> Iterator[None]:
    """So many Celery workers of one process, each on a queue of its own and ready."""
    from trial_site.celery import app

    quiet = ["--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with ExitStack() as stack:
        for number in range(WORKERS):
            command = [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "trial_site",
                "worker",
                "--concurrency=1",
                *quiet,
            ]
            command += ["--queues", f"sending-{number}", "--hostname", f"sender-{number}@%h"]
            worker = stack.enter_context(subprocess.Popen(command))
            stack.callback(worker.terminate)
        until = perf_counter() + PATIENCE
        while len(app.control.ping(timeout=1) or []) < WORKERS:
            assert perf_counter() < until, "the workers do not start"
        yield


def compare(each: int, rounds: int, port: int) -> dict[str, float]:
    """The median of messages per second of each way."""
    from outcomes.actions.appointments import plan_appointment_reminders
    from trial_site.core.actors import Actor
    from trial_site.core.models import Notice, NoticeState

    plan_appointment_reminders(by=Actor.system("benchmark"), at=make_study(each))
    assert Notice.objects.count() == each, Notice.objects.count()
    letters = finished_letters()
    ways: dict[str, Callable[[], None]] = {
        "smtplib, one connection": lambda: one_connection(letters, port),
        "smtplib, a connection each": lambda: a_connection_each(letters, port),
        "1 worker": lambda: by_workers(1),
        f"{WORKERS} workers": lambda: by_workers(WORKERS),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with workers():
        for _round in range(rounds):
            for name, way in ways.items():
                plan_again()
                began = perf_counter()
                way()
                rates[name].append(each / (perf_counter() - began))
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.SENT}
    return {name: median(rate) for name, rate in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reminders", type=int, default=10_000, help="in all rounds together")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve()
        return
    import tests.prepared  # noqa: F401 - starts the servers and says in the environment where they are

    os.environ["DJANGO_SETTINGS_MODULE"] = "trial_site.settings"
    with mail_server() as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        import django

        django.setup()
        each = asked.reminders // asked.rounds
        measured = compare(each, asked.rounds, port)
        taken = json.loads(server.communicate()[0])
    assert taken == {str(len(measured) * asked.rounds): each}, f"times taken, messages: {taken}"
    reused, separate = list(measured.values())[:2]
    print("messages per second, and that of one connection, of a connection each")
    for name, rate in measured.items():
        print(f"{name:27} {rate:7.0f}  {rate / reused:.2f}  {rate / separate:.2f}")
    print("every message arrived once each time")
    ratio = measured["1 worker"] / reused
    print(f"aim {AIM} with one worker, of one connection: {'met' if ratio >= AIM else 'not met'}")


if __name__ == "__main__":
    main()
