"""The unblinded statistician makes the allocation list, on any machine; only its encrypted form is written."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from randomization.rules.allocation_list import Allocation, allocation_list, canonical, commitment
from randomization.sealed.age_file import ask, write_encrypted
from randomization.sealed.custody import CustodyError
from trial_site.core import protocol as protocols


class Command(BaseCommand):
    help = "Make an allocation list, encrypted (age format) to a recipient's key or a passphrase."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", required=True, type=Path)
        parser.add_argument(
            "--block-sizes",
            help="comma-separated; better typed when asked or given in ALLOCATION_BLOCK_SIZES, since"
            " arguments stand in the shell's history",
        )
        parser.add_argument("--recipient", help="an age public key; otherwise a passphrase is asked for")

    def handle(self, *, output: Path, block_sizes: str | None, recipient: str | None, **options: Any) -> None:
        seed = secrets.token_bytes(32)
        try:
            allocations = list_for_protocol(seed, parse_sizes(block_sizes or asked_sizes()))
            text = canonical(seed, allocations)
            write_encrypted(output, text, recipient=recipient)
        except (ValueError, CustodyError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(allocations)} places written to {output}; commitment {commitment(text)}")


def list_for_protocol(seed: bytes, sizes: list[int]) -> list[Allocation]:
    """Twice the planned number, in the ratio of the protocol."""
    protocol = protocols.latest()
    if protocol.strata:
        raise CustodyError("The protocol has strata; this command makes unstratified lists only.")
    shares = zip(protocol.arm_codes, protocol.ratio, strict=True)
    arms = [arm for arm, share in shares for _ in range(share)]
    return allocation_list(seed, arms=arms, sizes=sizes, planned=protocol.planned_participants)


def asked_sizes() -> str:
    return os.environ.get("ALLOCATION_BLOCK_SIZES") or ask("Block sizes, comma-separated (not shown): ")


def parse_sizes(text: str) -> list[int]:
    """Raises a sentence that repeats nothing of what was typed."""
    try:
        sizes = [int(size) for size in text.split(",")]
    except ValueError:
        raise CustodyError("Give the block sizes as whole numbers with commas between.") from None
    if len(set(sizes)) < 2:
        raise CustodyError("Give at least two different block sizes; a single one can be guessed.")
    return sizes
