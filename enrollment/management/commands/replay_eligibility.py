"""Recomputes every signed verdict from the facts and the protocol version kept with it. None may differ."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment.selectors import replays


class Command(BaseCommand):
    help = "Recompute every stored eligibility verdict; exit 1 when one differs from what was signed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what was found as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(replays())
        differing = [replay for replay in found if replay["differences"]]
        if options["json"]:
            self.stdout.write(
                json.dumps({"replayed": len(found), "differing": differing}, ensure_ascii=False)
            )
        else:
            self.stdout.writelines(
                f"{replay['participant']}, assessed {replay['assessed_at']}, protocol {replay['protocol_version']}:"
                f" {difference}\n"
                for replay in differing
                for difference in replay["differences"]
            )
        if differing:
            raise CommandError(f"{len(differing)} of {len(found)} verdicts differ from what was signed.")
        if not options["json"]:
            self.stdout.write(f"{len(found)} verdicts recomputed; every one is what was signed.")
