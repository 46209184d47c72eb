"""Check an ODM file of any origin: exit code 0 when nothing is wrong with it, 1 when something is."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trial_site.odm_check.check import check_file


class Command(BaseCommand):
    help = "Check an ODM 1.3.2 file against the schema's order and the specification's words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            found = check_file(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        if options["json"]:
            listed = [asdict(each) for each in found.kept]
            self.stdout.write(json.dumps({"file": str(file), "faults": found.count, "findings": listed}))
        else:
            for each in found.kept:
                self.stdout.write(str(each))
        if found.count:
            raise CommandError(f"{file} has {found.count} fault{'s' if found.count > 1 else ''}.")
        if not options["json"]:
            self.stdout.write(f"{file}: nothing is wrong with it.")
