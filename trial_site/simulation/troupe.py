"""The staff who act in a simulated study, with the passwords they sign with."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember
from trial_site.simulation.staffing import Account


class Troupe:
    """Accounts by role, in the order they were made."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        staff = {member.email: member for member in StaffMember.objects.select_related("site")}
        self._members = [(account, staff[account.email]) for account in accounts if account.email in staff]

    @classmethod
    def from_file(cls, path: Path) -> "Troupe":
        """Raises OSError or ValueError when the file is not a list of demo accounts."""
        return cls([Account(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))])

    def save(self, path: Path) -> None:
        path.touch(mode=0o600)
        path.write_text(
            json.dumps([asdict(account) for account, _ in self._members], indent=1), encoding="utf-8"
        )

    def password(self, role: str, index: int = 0) -> str:
        return self._pick(role, index)[0].password

    def staff(self, role: str, index: int = 0) -> StaffMember:
        return self._pick(role, index)[1]

    def actor(self, role: str, *, at: datetime, index: int = 0) -> Actor:
        return Actor.of(self.staff(role, index), at=at)

    def _pick(self, role: str, index: int) -> tuple[Account, StaffMember]:
        return [pair for pair in self._members if pair[0].role == role][index]
