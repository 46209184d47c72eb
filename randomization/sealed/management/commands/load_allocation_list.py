"""Load the allocation list once, as the owner role, and publish its commitment."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from randomization.sealed.age_file import read_list
from randomization.sealed.custody import OWNER, CustodyError, load_list
from trial_site.core import protocol as protocols


class Command(BaseCommand):
    help = "Decrypt, verify and load an allocation list; refuses a second one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--identity", type=Path, help="file with the age secret key; otherwise a passphrase"
        )

    def handle(self, *, file: Path, identity: Path | None, **options: Any) -> None:
        if OWNER not in settings.DATABASES:
            raise CommandError("The list is loaded as the owner: set DATABASE_OWNER_URL.")
        try:
            text = read_list(file, identity=identity)
            loaded = load_list(text, arms=protocols.latest().arm_codes, at=timezone.now())
        except CustodyError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{loaded.places} places loaded. Commitment (SHA-256): {loaded.sha256}")
