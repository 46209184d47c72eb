"""Write the sealed history to a file that verifies without a database; noted in the audit trail."""

import json
import zipfile
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from trial_site.audit import verification, verify_offline
from trial_site.core.actors import Actor
from trial_site.core.models import OccurrenceKind
from trial_site.core.occurrences import note

INSTRUCTIONS = (Path(verify_offline.__file__), settings.BASE_DIR / "docs" / "audit-seal.md")


class Command(BaseCommand):
    help = "Export the audit trail with its seals, and the script that verifies it, as one zip file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", required=True, type=Path, help="the zip file to write")
        parser.add_argument(
            "--sealed",
            action="store_true",
            help="the sealed room's history as well, which shows arms (owner role)",
        )

    def handle(self, *, output: Path, sealed: bool, **options: Any) -> None:
        if sealed and "owner" not in connections:
            raise CommandError(
                "The sealed room's history is read by the owner role only: set DATABASE_OWNER_URL."
            )
        alias = "owner" if sealed else "default"
        try:
            with (
                zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive,
                verification.one_instant(alias),
            ):
                chains = verification.readable_chains(alias)
                for chain in chains:
                    write(archive, alias, chain)
                for path in INSTRUCTIONS:
                    archive.write(path, path.name)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
        by, now = Actor.system("export_audit_trail"), timezone.now()
        note(OccurrenceKind.AUDIT_TRAIL_COPIED, detail=", ".join(chains), by=by, at=now)
        self.stdout.write(
            f"{', '.join(chains)} in {output}; unzip it and run: python3 verify_offline.py <chain>.jsonl"
        )


def write(archive: zipfile.ZipFile, alias: str, chain: str) -> None:
    with archive.open(f"{chain}.jsonl", "w") as raw, TextIOWrapper(raw, encoding="utf-8") as file:
        for record in verification.records(alias, chain):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
