"""Prove on a database server that no blinded role can learn an arm (docs/blinding-proof.md)."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from psycopg2 import OperationalError

from trial_site.blinding.bench import ProofFailed, workbench
from trial_site.blinding.proof import EXCHANGES, Comparison, Further, prove
from trial_site.demo.environment import VAR, DemoFile
from trial_site.demo.errors import DemoFailed

SHOWN = 20
NO_SERVER = (
    "Name a PostgreSQL server where databases and roles may be made: --admin-url, or TEST_ADMIN_URL, "
    "or a running demo."
)


class Command(BaseCommand):
    help = "Build a study, clone it, exchange the arms, and compare all that blinded roles can obtain."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--admin-url", default=os.environ.get("TEST_ADMIN_URL", ""))
        parser.add_argument("--participants", type=int, default=12)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--exchange", choices=EXCHANGES, action="append", help="all of them by default")

    def handle(
        self, *, admin_url: str, participants: int, seed: int, exchange: list[str] | None, **options: Any
    ) -> None:
        url = admin_url or demo_admin_url()
        if not url:
            raise CommandError(NO_SERVER)
        try:
            with workbench(url) as bench:
                bench.make_study(participants=participants, seed=seed)
                self.stdout.write(f"A study with {participants} participants is there.")
                further = Further(until=timezone.now(), participants=participants, seed=seed + 1)
                compared = prove(bench, further, exchanges=exchange or EXCHANGES, tell=self.stdout.write)
                leaks = [self.show(each) for each in compared]
        except (ProofFailed, DemoFailed, OperationalError) as error:
            raise CommandError(str(error)) from None
        if any(leaks):
            raise CommandError(f"{sum(leaks)} difference(s): the blind is not proven.")
        self.stdout.write("No difference: nothing that was compared depends on an arm.")

    def show(self, compared: Comparison) -> int:
        size = compared.size
        self.stdout.write(
            f"{compared.exchange}: {size.urls} replies, {size.rows} rows, {size.bytes} bytes compared;"
            f" {len(compared.differences)} difference(s)"
        )
        self.stdout.write(
            f"  a supply hold differs at {compared.holds_that_differ} of {compared.sites} study sites"
        )
        for timing in compared.timings[:1]:
            one, other = timing.medians_ms
            self.stdout.write(
                f"  response times by arm (reported only), most apart on {timing.kind}: distance"
                f" {timing.distance:.2f}, noise reaches {timing.noise:.2f}; medians {one:.0f} and {other:.0f} ms"
            )
        for difference in compared.differences[:SHOWN]:
            self.stdout.write(f"  {difference.where}\n    " + difference.shown.replace("\n", "\n    "))
        return len(compared.differences)


def demo_admin_url() -> str:
    """The administrator of the demo on this machine, if there is one."""
    demo = DemoFile(VAR)
    return demo.admin_url() if demo.exists() else ""
