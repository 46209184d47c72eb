"""Put kits on the sealed shelf of a study site as the owner role: a shipment per arm, as if two pharmacists had
received and released it. For demonstrations, and for what lay in the pharmacy before the ledger began."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from randomization.sealed.custody import OWNER, Delivery, receive_kits
from trial_site.core import protocol as protocols
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Role

QUARANTINE = timedelta(hours=20)


class Command(BaseCommand):
    help = "Receive and release kits, the same number of every arm, with fresh numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--per-arm", type=int, required=True)
        parser.add_argument("--expires", type=date.fromisoformat, required=True)
        parser.add_argument(
            "--lots", required=True, help="one lot per arm, in the protocol's order, comma-separated"
        )
        parser.add_argument("--site", help="code of the study site; without it the first one")
        parser.add_argument("--received", type=datetime.fromisoformat, help="with its zone; without it now")

    def handle(
        self,
        *,
        per_arm: int,
        expires: date,
        lots: str,
        site: str | None,
        received: datetime | None,
        **options: Any,
    ) -> None:
        arms = protocols.latest().arm_codes
        if OWNER not in settings.DATABASES:
            raise CommandError("Kits are received as the owner: set DATABASE_OWNER_URL.")
        if len(lots.split(",")) != len(arms):
            raise CommandError("Give one lot per arm.")
        at = received or timezone.now()
        count = receive_kits(
            [
                Delivery(
                    arm=arm,
                    lot=lot,
                    kits=per_arm,
                    expires_on=expires,
                    received_at=at,
                    released_at=min(at + QUARANTINE, timezone.now()),
                    site_id=self.site(site).pk,
                    pharmacists=self.pharmacists(),
                )
                for arm, lot in zip(arms, lots.split(","), strict=True)
            ]
        )
        self.stdout.write(f"{count} kits are on the shelf.")

    def site(self, code: str | None) -> StudySite:
        sites = StudySite.objects.filter(code=code) if code else StudySite.objects.order_by("code")
        found = sites.first()
        if found is None:
            raise CommandError("There is no such study site.")
        return found

    def pharmacists(self) -> tuple[int, int]:
        people = StaffMember.objects.filter(role=Role.PHARMACIST, is_active=True).order_by("pk")[:2]
        if len(people) < 2:
            raise CommandError("Kits are released by two people: there are not two pharmacists.")
        return people[0].pk, people[1].pk
