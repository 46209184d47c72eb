"""Export the case report forms to a file: the whole blinded study, or what one account may export."""

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import ON_REQUEST, Export, ExportFormat
from trial_site.exports.wishes import Casebook, Only, Wish

LISTS = {"participants": "participant", "forms": "form", "sites": "site", "visits": "visit"}


class Command(BaseCommand):
    help = "Export case report forms (blinded). The export is recorded in the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=[str(each) for each in ON_REQUEST])
        parser.add_argument("--output", required=True, type=Path, help="the file to write")
        for name, flag in LISTS.items():
            help = f"only this {flag}; may be given several times"
            parser.add_argument(
                f"--{flag}", dest=name, action="append", default=[], metavar="CODE", help=help
            )
        parser.add_argument("--only", choices=Only.values, default=Only.ALL, help="only such records")
        parser.add_argument(
            "--as-of", type=parse_datetime, metavar="INSTANT", help="ISO 8601; without a zone: the server's"
        )
        parser.add_argument(
            "--casebook", choices=Casebook.values, default=Casebook.FILLED, help="what a PDF shows"
        )
        parser.add_argument("--deidentified", action="store_true", help="shift dates, leave free text out")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="only what this account may export")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, output: Path, **options: Any) -> None:
        if not output.parent.is_dir():
            raise CommandError(f"There is no folder {output.parent}.")
        try:
            export = self.write(output, **options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
        result = {"file": str(output), "sha256": export.sha256, "records": export.manifest["records"]}
        line = f"{sum(result['records'].values())} records in {output}, SHA-256 {export.sha256}"
        self.stdout.write(json.dumps(result) if options["json"] else line)

    def write(self, output: Path, *, format: str, email: str | None, **options: Any) -> Export:
        now = timezone.now()
        with TemporaryDirectory(dir=output.parent) as folder:
            export = make_blinded_export(
                format=ExportFormat(format),
                wish=wish(**options),
                by=actor(email, at=now),
                at=now,
                directory=Path(folder),
                tell=lambda done, total: self.stderr.write(f"{done} of {total}"),
            )
            Path(folder, export.file_name).replace(output)
        return export


def wish(*, as_of: datetime | None, only: str, deidentified: bool, casebook: str, **options: Any) -> Wish:
    if as_of is not None and as_of.tzinfo is None:
        as_of = timezone.make_aware(as_of)
    lists = {name: tuple(options[name]) for name in LISTS}
    return Wish(only=only, as_of=as_of, deidentified=deidentified, casebook=casebook, **lists)


def actor(email: str | None, *, at: datetime) -> Actor:
    if email is None:
        return Actor.system("export_casebook")
    staff = StaffMember.objects.select_related("site").filter(email=email).first()
    if staff is None:
        raise CommandError(f"There is no account {email}.")
    return Actor.of(staff, at=at)
