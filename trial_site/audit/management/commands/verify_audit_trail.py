"""Recompute every seal of the history. Exit 0 when every row is as it was sealed, 1 with what is not."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from trial_site.audit import verification
from trial_site.audit.verify_offline import Finding, Verification, read, told

SHOWN = 50


class Command(BaseCommand):
    help = "Verify the audit trail: which row of which table was altered, removed or inserted. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            action="append",
            type=Path,
            default=[],
            help="a file of anchored seals; may be repeated",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *, anchor: list[Path], **options: Any) -> None:
        # The sealed room's chain is verified as well where the owner role is at hand.
        alias = "owner" if "owner" in connections else "default"
        anchors = [one for path in anchor for one in anchors_in(path)]
        with verification.one_instant(alias):
            chains = verification.readable_chains(alias)
            done = [verify(alias, chain, anchors) for chain in chains]
        unread = sorted(set(verification.chains()) - set(chains))
        findings = [one for _, found in done for one in found]
        if options["json"]:
            self.stdout.write(json.dumps(report(done, unread)))
        else:
            self.say(done, unread)
        if findings:
            raise CommandError(f"The audit trail does not hold: {len(findings)} finding(s).")

    def say(self, done: list[tuple[Verification, list[Finding]]], unread: list[str]) -> None:
        for verified, found in done:
            if not found:
                self.stdout.write(f"{verified.chain}: {told(verified)}")
            for one in found[:SHOWN]:
                self.stdout.write(one.sentence)
            if len(found) > SHOWN:
                self.stdout.write(f"{verified.chain}: and {len(found) - SHOWN} more; --json names them all.")
        for chain in unread:
            self.stdout.write(
                f"{chain}: not read; its chain is verified with the owner role (DATABASE_OWNER_URL)."
            )


def anchors_in(path: Path) -> list[dict]:
    try:
        return list(read(str(path)))
    except (OSError, ValueError):
        raise CommandError(f"{path} is not a file of anchored seals.") from None


def verify(alias: str, chain: str, anchors: list[dict]) -> tuple[Verification, list[Finding]]:
    verified = Verification(verification.records(alias, chain), anchors)
    return verified, list(verified.findings())


def report(done: list[tuple[Verification, list[Finding]]], unread: list[str]) -> dict[str, Any]:
    return {
        "sound": not any(found for _, found in done),
        "chains": [
            {"chain": each.chain, "rows": each.rows, "waiting": each.waiting, "head": each.head}
            for each, _ in done
        ],
        "not_read": unread,
        "findings": [asdict(one) for _, found in done for one in found],
    }
