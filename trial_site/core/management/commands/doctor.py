"""Is this installation sound? One sentence per finding."""

import json
import smtplib
from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trial_site.audit import sealing, soundness


class Command(BaseCommand):
    help = "Check roles, grants, functions, triggers, seals, broker and mail; exit 1 when something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [*soundness.findings(), *sealing.findings(timezone.now()), *broker(), *mail(), *environment()]
        if options["json"]:
            self.stdout.write(json.dumps({"sound": not found, "findings": found}))
        for sentence in [] if options["json"] else found:
            self.stdout.write(sentence)
        if found:
            raise CommandError(f"{len(found)} finding(s).")
        if not options["json"]:
            self.stdout.write("This installation is sound.")


def broker() -> Iterator[str]:
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except OSError:
        yield "The broker cannot be reached (BROKER_URL)."


def mail() -> Iterator[str]:
    try:
        with get_connection():
            pass
    except (OSError, smtplib.SMTPException):
        yield "The mail server cannot be reached (EMAIL_URL)."


def environment() -> Iterator[str]:
    if "owner" in settings.DATABASES:
        yield "DATABASE_OWNER_URL is in this environment; web and worker processes must not have it."
