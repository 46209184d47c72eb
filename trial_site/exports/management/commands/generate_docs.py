"""Write docs/generated from the code, or check that it is what the code says."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trial_site.exports.generated_docs import documents


class Command(BaseCommand):
    help = "Write the generated documents (docs/generated). Touches no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")

    def handle(self, *, check: bool, **options: Any) -> None:
        folder: Path = settings.BASE_DIR / "docs" / "generated"
        stale = [name for name, text in documents().items() if not is_current(folder / name, text)]
        if check and stale:
            raise CommandError(f"Not what the code says, run manage.py generate_docs: {', '.join(stale)}.")
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).write_text(documents()[name], encoding="utf-8")
        self.stdout.write(f"Written: {', '.join(stale)}." if stale else "Every document is current.")


def is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text
