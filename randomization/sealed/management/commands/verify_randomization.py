"""Prove, as the application role, that the list was followed; and with the list, that it is the committed one."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from randomization.models import Randomization
from randomization.sealed.age_file import read_list
from randomization.sealed.custody import CustodyError
from randomization.sealed.proof import findings


class Command(BaseCommand):
    help = (
        "Verify that allocations followed the list without hole or reuse; exit 1 with a sentence per finding."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", type=Path, dest="file", help="the list, encrypted or plain")
        parser.add_argument(
            "--identity", type=Path, help="file with the age secret key; otherwise a passphrase"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *, file: Path | None, identity: Path | None, **options: Any) -> None:
        try:
            found = findings(read_list(file, identity=identity) if file else None)
        except CustodyError as error:
            raise CommandError(str(error)) from None
        count = Randomization.objects.count()
        if options["json"]:
            report = {
                "holds": not found,
                "randomizations": count,
                "list_given": bool(file),
                "findings": found,
            }
            self.stdout.write(json.dumps(report))
        elif found:
            self.stdout.write("\n".join(found))
        else:
            whose = "; the list given is the one committed" if file else ""
            self.stdout.write(f"{count} randomizations follow the committed list{whose}.")
        if found:
            raise CommandError(f"{len(found)} finding(s).")
