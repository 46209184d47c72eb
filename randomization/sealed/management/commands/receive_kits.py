"""Put kits on the sealed shelf, as the owner role, until the supply ledger takes shipments in the browser."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from randomization.sealed.custody import OWNER, receive_kits
from trial_site.core import protocol as protocols


class Command(BaseCommand):
    help = "Receive released kits, the same number of every arm, with fresh numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--per-arm", type=int, required=True)
        parser.add_argument("--expires", type=date.fromisoformat, required=True)
        parser.add_argument(
            "--lots", required=True, help="one lot per arm, in the protocol's order, comma-separated"
        )

    def handle(self, *, per_arm: int, expires: date, lots: str, **options: Any) -> None:
        arms = protocols.latest().arm_codes
        if OWNER not in settings.DATABASES:
            raise CommandError("Kits are received as the owner: set DATABASE_OWNER_URL.")
        if len(lots.split(",")) != len(arms):
            raise CommandError("Give one lot per arm.")
        count = receive_kits(
            arms, per_arm=per_arm, lots=dict(zip(arms, lots.split(","), strict=True)), expires_on=expires
        )
        self.stdout.write(f"{count} kits are on the shelf.")
