"""Export the case report forms to a file: the whole blinded study, or what one account may export."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import Export, ExportFormat


class Command(BaseCommand):
    help = "Export case report forms (blinded). The export is recorded in the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=ExportFormat.values)
        parser.add_argument("--output", required=True, type=Path, help="the file to write")
        parser.add_argument("--participant", default="", metavar="NUMBER", help="only this participant")
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

    def write(
        self, output: Path, *, format: str, participant: str, email: str | None, **options: Any
    ) -> Export:
        now = timezone.now()
        with TemporaryDirectory(dir=output.parent) as folder:
            export = make_blinded_export(
                format=ExportFormat(format),
                participant=participant,
                by=actor(email, at=now),
                at=now,
                directory=Path(folder),
                tell=self.stderr.write,
            )
            Path(folder, export.file_name).replace(output)
        return export


def actor(email: str | None, *, at: Any) -> Actor:
    if email is None:
        return Actor.system("export_casebook")
    staff = StaffMember.objects.select_related("site").filter(email=email).first()
    if staff is None:
        raise CommandError(f"There is no account {email}.")
    return Actor.of(staff, at=at)
