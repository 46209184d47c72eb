"""The demo study: staff, allocation list, kits, and participants under way as of today."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from randomization.rules.allocation_list import allocation_list, canonical
from randomization.sealed.custody import load_list, receive_kits
from trial_site.core import protocol as protocols
from trial_site.core.models import StudySite
from trial_site.simulation.management.commands.simulate_trial import ACCOUNTS
from trial_site.simulation.staffing import found_study
from trial_site.simulation.study import simulate
from trial_site.simulation.troupe import Troupe

FOUNDED_DAYS_AGO = 400
KITS_PER_ARM = 24


class Command(BaseCommand):
    help = "Fill an empty installation with the demo study (synthetic data only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--participants", type=int, default=20)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--accounts", type=Path, default=ACCOUNTS)

    def handle(self, *, participants: int, seed: int, accounts: Path, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo installation (DEMO is not set).")
        if StudySite.objects.exists():
            self.stdout.write("The study is there already.")
            return
        now = timezone.now()
        troupe = Troupe(found_study(at=now - timedelta(days=FOUNDED_DAYS_AGO)))
        troupe.save(accounts)
        self.stdout.write("Sites, staff and delegations are there.")
        self.fill_the_sealed_room(now)
        site = StudySite.objects.get(code="01")
        simulate(site, troupe, participants=participants, seed=seed, until=now, progress=self.stdout.write)
        self.stdout.write(f"{participants} synthetic participants are there.")

    def fill_the_sealed_room(self, now) -> None:
        """A list straight from the generator: in the demo no statistician carries a file."""
        protocol = protocols.latest()
        allocations = allocation_list(
            secrets.token_bytes(32),
            arms=protocol.arm_codes,
            sizes=(4, 6),
            planned=protocol.planned_participants,
        )
        load_list(canonical(secrets.token_bytes(32), allocations), arms=protocol.arm_codes, at=now)
        lots = {arm: f"DEMO-{secrets.token_hex(3).upper()}" for arm in protocol.arm_codes}
        receive_kits(
            protocol.arm_codes, per_arm=KITS_PER_ARM, lots=lots, expires_on=now.date() + timedelta(days=700)
        )
        self.stdout.write("The allocation list and the kits are in the sealed room.")
