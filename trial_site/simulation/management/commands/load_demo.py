"""The demo study: staff, allocation list, kits, and participants under way as of today."""

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from outcomes.actions.deviations import raise_schedule_deviations
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite
from trial_site.core.permissions import Role
from trial_site.exports.actions import order_export
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Wish
from trial_site.monitoring.actions import record_monitoring_visit
from trial_site.monitoring.models import Manner
from trial_site.simulation.amendment import amend_consent, consent_again
from trial_site.simulation.management.commands.simulate_trial import ACCOUNTS
from trial_site.simulation.pharmacy import resupply
from trial_site.simulation.staffing import found_study
from trial_site.simulation.study import simulate
from trial_site.simulation.troupe import Troupe

FOUNDED_DAYS_AGO = 90
# All of the demo happens on the day it is loaded, and a kit that was taken today counts for every arm.
KITS_PER_ARM = 40
KITS_LAST_DAYS = 700


class Command(BaseCommand):
    help = "Fill an empty installation with the demo study (synthetic data only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--participants", type=int, default=20)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--accounts", type=Path, default=ACCOUNTS)
        parser.add_argument("--block-sizes", default="4,6")

    def handle(
        self, *, participants: int, seed: int, accounts: Path, block_sizes: str, **options: Any
    ) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo installation (DEMO is not set).")
        if StudySite.objects.exists():
            self.stdout.write("The study is there already.")
            return
        now = timezone.now()
        troupe = Troupe(found_study(at=now - timedelta(days=FOUNDED_DAYS_AGO)))
        troupe.save(accounts)
        self.stdout.write("Sites, staff and delegations are there.")
        self.carry_list_and_kits(troupe, accounts.parent, block_sizes, now)
        site = StudySite.objects.get(code="01")
        monitor, day = (
            troupe.actor(Role.MONITOR, at=now),
            site.date_of(now) - timedelta(days=FOUNDED_DAYS_AGO),
        )
        record_monitoring_visit(site, held_on=day, manner=Manner.ON_SITE, by=monitor, at=now)
        amend_consent(site, troupe, at=now)
        simulate(site, troupe, participants=participants, seed=seed, until=now, progress=self.stdout.write)
        self.stdout.write(f"{participants} synthetic participants are there.")
        consent_again(site, troupe, at=now)
        raise_schedule_deviations(by=Actor.system("schedule"), at=now)
        resupply(site, troupe, arms=protocols.latest().arm_codes, at=now)
        order_export(format=ExportFormat.CSV, wish=Wish(), by=monitor, at=now)
        self.stdout.write("The monitor has asked for an export; the worker will write it.")

    def carry_list_and_kits(self, troupe: Troupe, folder: Path, block_sizes: str, now: datetime) -> None:
        """As in a real study: the statistician's list travels encrypted, the owner loads it and the kits."""
        file = folder / "allocation-list.age"
        file.unlink(missing_ok=True)
        os.environ["ALLOCATION_LIST_PASSPHRASE"] = troupe.password(Role.UNBLINDED_STATISTICIAN)
        call_command("make_allocation_list", output=file, block_sizes=block_sizes, stdout=self.stdout)
        call_command("load_allocation_list", file, stdout=self.stdout)
        del os.environ["ALLOCATION_LIST_PASSPHRASE"]
        expires = now.date() + timedelta(days=KITS_LAST_DAYS)
        received = now - timedelta(days=FOUNDED_DAYS_AGO - 1)
        for site in StudySite.objects.all():
            lots = ",".join(f"DEMO-{secrets.token_hex(3).upper()}" for _ in protocols.latest().arms)
            call_command(
                "receive_kits",
                site=site.code,
                per_arm=KITS_PER_ARM,
                expires=expires,
                lots=lots,
                received=received,
                stdout=self.stdout,
            )
