"""Reminders through a real SMTP conversation: at most once, whatever runs twice, dies or falls silent."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from datetime import time as clock
from email import message_from_bytes, policy
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from outcomes import tasks
from outcomes.rules.retries import CONFIRMED_WITHIN, WAITS
from tests.story import participant_at
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import Notice
from trial_site.demo.postgres import free_port

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = Path(__file__).resolve().parents[2]


class PostOffice:
    """A mail server that keeps what it takes; `on_data` may answer otherwise, be slow or kill somebody."""

    def __init__(self) -> None:
        self.taken, self.conversations, self.on_data, self.on_sender = [], 0, None, None

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        self.conversations += 1
        envelope.mail_from = address
        if self.on_sender:
            self.on_sender()
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        answer = self.on_data() if self.on_data else None
        if answer is None or answer.startswith("250"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer or "250 OK"


@pytest.fixture
def post_office(settings):
    office, port = PostOffice(), free_port()
    server = Controller(office, hostname="127.0.0.1", port=port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.PUBLIC_URL = "https://study.example"
    office.port = port
    server.start()
    yield office
    server.stop()


@pytest.fixture
def now(cast, monkeypatch) -> datetime:
    """Seven in the morning of the day before a participant's day-7 visit; the tasks believe it is now."""
    subject, infused_at = participant_at("infused")
    day6 = subject.site.date_of(infused_at) + timedelta(days=6)
    morning = datetime.combine(day6, clock(7), tzinfo=subject.site.tz)
    set_clock(monkeypatch, morning)
    return morning


def set_clock(monkeypatch, at: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: at)


def run_tasks() -> None:
    tasks.plan_visit_reminders()
    tasks.send_notices()


def states() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("state", flat=True))


def test_however_often_the_tasks_run_one_mail_arrives(now, post_office, cast):
    run_tasks()
    run_tasks()
    [mail] = post_office.taken
    assert (mail["To"], mail["Subject"]) == (cast.coordinator.email, "1 visit tomorrow")
    assert "1 visit is planned for" in mail.get_content()
    assert "https://study.example/" in mail.get_content()
    assert states() == ["sent"]


def test_several_workers_at_once_send_each_notice_once(now, post_office):
    tasks.plan_visit_reminders()
    multiply_notice(12, by=Actor.system("test"))
    barrier = Barrier(4)

    def work(_: int) -> None:
        barrier.wait()
        try:
            tasks.send_notices()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert len({mail["Message-ID"] for mail in post_office.taken}) == len(post_office.taken) == 12
    assert states() == ["sent"] * 12


@action
def multiply_notice(number: int, *, by: Actor) -> None:
    notice = Notice.objects.get()
    for copy in range(1, number):
        notice.pk, notice.key = None, f"copy {copy}"
        notice.save(force_insert=True)


@pytest.mark.parametrize(("when", "arrived"), [("on_sender", 0), ("on_data", 1)])
def test_kill_9_between_claim_and_confirmation_is_shown_and_not_sent_again(
    now, post_office, monkeypatch, when, arrived
):
    tasks.plan_visit_reminders()
    worker = worker_at(now, post_office.port)
    setattr(post_office, when, worker.kill)
    assert worker.wait(timeout=60) == -9
    wait_for(lambda: len(post_office.taken) == arrived)
    assert states() == ["claimed"]

    setattr(post_office, when, None)
    set_clock(monkeypatch, now + CONFIRMED_WITHIN + timedelta(minutes=1))
    run_tasks()
    assert states() == ["uncertain"]
    assert (post_office.conversations, len(post_office.taken)) == (1, arrived)


def test_a_killed_sender_leaves_all_that_it_had_claimed_to_a_person(now, post_office, monkeypatch):
    tasks.plan_visit_reminders()
    multiply_notice(12, by=Actor.system("test"))
    worker, begun = worker_at(now, post_office.port), []
    post_office.on_data = lambda: begun.append(1) or (worker.kill() if len(begun) == 3 else None)
    assert worker.wait(timeout=60) == -9
    wait_for(lambda: len(post_office.taken) == 3)
    assert states() == ["claimed"] * 12

    post_office.on_data = None
    set_clock(monkeypatch, now + CONFIRMED_WITHIN + timedelta(minutes=1))
    run_tasks()
    assert states() == ["uncertain"] * 12
    assert len(post_office.taken) == 3


def test_what_a_sender_had_not_begun_goes_back_untouched(now, post_office, settings):
    tasks.plan_visit_reminders()
    multiply_notice(3, by=Actor.system("test"))
    settings.EMAIL_PORT = free_port()
    run_tasks()
    assert states() == ["planned"] * 3
    assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def worker_at(at: datetime, port: int) -> subprocess.Popen:
    database = django_settings.DATABASES["default"]
    login = f"{database['USER']}:{quote(database['PASSWORD'])}@{database['HOST']}:{database['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{login}/{database['NAME']}",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "trial_site.settings",
    }
    command = [sys.executable, "-m", "tests.faults.sending", at.isoformat()]
    return subprocess.Popen(command, cwd=PROJECT, env=environment)


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def test_a_server_that_falls_silent_leaves_it_uncertain(now, post_office, settings):
    settings.EMAIL_TIMEOUT = 0.3
    post_office.on_data = lambda: time.sleep(0.8)
    run_tasks()
    run_tasks()
    assert states() == ["uncertain"]
    assert post_office.conversations == 1


def test_what_the_server_refuses_is_sent_later_under_the_same_message_id(now, post_office, monkeypatch):
    post_office.on_data = lambda: "451 Try again later"
    run_tasks()
    assert (states(), post_office.taken) == (["planned"], [])
    post_office.on_data = None
    run_tasks()
    assert post_office.taken == []
    set_clock(monkeypatch, now + WAITS[0])
    run_tasks()
    assert (states(), len(post_office.taken)) == (["sent"], 1)


def test_without_a_mail_server_reminders_wait(now, post_office, settings, monkeypatch):
    settings.EMAIL_PORT = free_port()
    run_tasks()
    assert states() == ["planned"]
    settings.EMAIL_PORT = post_office.port
    set_clock(monkeypatch, now + WAITS[0])
    run_tasks()
    assert (states(), len(post_office.taken)) == (["sent"], 1)
