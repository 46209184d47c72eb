"""Synthetic participants through the same actions the pages call."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.simulation.study import simulate
from trial_site.simulation.troupe import Troupe

ACCOUNTS = Path(settings.BASE_DIR) / "var" / "demo-accounts.json"


class Command(BaseCommand):
    help = "Simulate a study that is under way; same seed, same study."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--participants", type=int, default=20)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--as-of", type=date.fromisoformat, help="last simulated day; today by default")
        parser.add_argument("--accounts", type=Path, default=ACCOUNTS, help="accounts with their passwords")

    def handle(
        self, *, participants: int, seed: int, as_of: date | None, accounts: Path, **options: Any
    ) -> None:
        site = StudySite.objects.order_by("code").first()
        if site is None:
            raise CommandError("There is no study site yet: run load_demo or make demo first.")
        try:
            troupe = Troupe.from_file(accounts)
            simulate(
                site,
                troupe,
                participants=participants,
                seed=seed,
                until=instant(as_of, site),
                progress=self.stdout.write,
            )
        except (OSError, ValueError, IndexError):
            raise CommandError(f"The accounts of the staff are not in {accounts}.") from None
        except Refused as refusal:
            raise CommandError(f"The study refused: {refusal}") from None
        self.stdout.write(f"{participants} participants simulated with seed {seed}.")


def instant(as_of: date | None, site: StudySite) -> datetime:
    """The end of that day at the site, but never later than now."""
    now = timezone.now()
    return min(now, datetime.combine(as_of, time(23, 59), site.tz)) if as_of else now
