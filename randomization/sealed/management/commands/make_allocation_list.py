"""The unblinded statistician makes the allocation list, on any machine; only its encrypted form is written."""

import os
import secrets
from getpass import getpass
from pathlib import Path
from typing import Any

import pyrage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from randomization.rules.allocation_list import allocation_list, canonical, commitment
from trial_site.core import protocol as protocols


class Command(BaseCommand):
    help = "Make an allocation list, encrypted (age format) to a recipient's key or a passphrase."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", required=True, type=Path)
        parser.add_argument(
            "--block-sizes", required=True, help="comma-separated; keep them out of every log"
        )
        parser.add_argument("--recipient", help="an age public key; otherwise a passphrase is asked for")

    def handle(self, *, output: Path, block_sizes: str, recipient: str | None, **options: Any) -> None:
        protocol = protocols.latest()
        try:
            sizes = [int(size) for size in block_sizes.split(",")]
            allocations = allocation_list(
                secrets.token_bytes(32),
                arms=protocol.arm_codes,
                sizes=sizes,
                planned=protocol.planned_participants,
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        text = canonical(secrets.token_bytes(32), allocations)
        output.touch(mode=0o600, exist_ok=False)
        output.write_bytes(encrypt(text, recipient))
        self.stdout.write(f"{len(allocations)} places written to {output}; commitment {commitment(text)}")


def encrypt(text: bytes, recipient: str | None) -> bytes:
    if recipient:
        return pyrage.encrypt(text, [pyrage.x25519.Recipient.from_str(recipient)])
    return pyrage.passphrase.encrypt(text, passphrase())


def passphrase() -> str:
    given = os.environ.get("ALLOCATION_LIST_PASSPHRASE") or getpass("Passphrase of the allocation list: ")
    if len(given) < 16:
        raise CommandError("The passphrase needs at least 16 characters.")
    return given
