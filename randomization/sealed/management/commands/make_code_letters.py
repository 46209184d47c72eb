"""Print the sealed letters, as the owner role, by somebody of the unblinded staff; never from the web."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from randomization.sealed.code_letters import print_letters
from randomization.sealed.custody import OWNER, CustodyError
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.core.permissions import UNBLINDED_TASKS, can

PIPE = Path("-")


class Command(BaseCommand):
    help = "One PDF with a sealed letter per place of the allocation list; best piped to a printer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="e-mail address of who prints them")
        parser.add_argument(
            "--output", type=Path, default=PIPE, help="a file to destroy after printing; otherwise a pipe"
        )

    def handle(self, *, by: str, output: Path, **options: Any) -> None:
        if OWNER not in settings.DATABASES:
            raise CommandError("Letters are printed as the owner: set DATABASE_OWNER_URL.")
        if output == PIPE and sys.stdout.isatty():
            raise CommandError("Pipe the letters to a printer, or name a file with --output.")
        try:
            staff = unblinded(by)
            with opened(output) as paper:
                paper.write(print_letters(protocols.latest(), printed_by=staff, at=timezone.now()))
        except CustodyError as error:
            raise CommandError(str(error)) from None
        self.stderr.write("The letters are printed; that they were is in the log.")


def unblinded(email: str) -> StaffMember:
    """Somebody with an unblinded delegation in force, else CustodyError."""
    staff = StaffMember.objects.filter(email=email, is_active=True).first()
    if staff is None or not any(can(Actor.of(staff, at=timezone.now()), task) for task in UNBLINDED_TASKS):
        raise CustodyError("Letters are printed by somebody with an unblinded delegation in force.")
    return staff


def opened(output: Path) -> BinaryIO:
    """A pipe, or a new file that only its owner reads."""
    if output == PIPE:
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    try:
        return os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise CustodyError(f"{output} cannot be written: {error.strerror}.") from None
