"""The cast: one person per role, in a study whose list and kits carry canary arm names.

States are reached through actions only (tests/story.py); the arm names appear nowhere but in the sealed room, so
any byte of "CANARY" that a blinded person obtains is a leak.
"""

import secrets
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from randomization.rules.allocation_list import allocation_list, canonical
from randomization.sealed.custody import Delivery, load_list, receive_kits
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Role
from trial_site.simulation.staffing import found_study

ARMS = ("CANARYCELLS", "CANARYVEHICLE")
PASSWORD = "every-cast-member-knows-1"
FOUNDED = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=365)


def build_template() -> None:
    """What every test database starts with: staff, delegations, consent versions, list and kits."""
    found_study(at=FOUNDED, password=lambda: PASSWORD)
    text = canonical(
        secrets.token_bytes(32), allocation_list(secrets.token_bytes(32), arms=ARMS, sizes=(4, 6), planned=20)
    )
    load_list(text, arms=ARMS, at=FOUNDED)
    pharmacists = StaffMember.objects.filter(role=Role.PHARMACIST).order_by("pk").values_list("pk", flat=True)
    receive_kits(
        [
            Delivery(
                arm=arm,
                lot=f"LOT-{arm}",
                kits=24,
                expires_on=FOUNDED.date() + timedelta(days=1200),
                received_at=FOUNDED + timedelta(hours=1),
                released_at=FOUNDED + timedelta(hours=20),
                site_id=StudySite.objects.get(code="01").pk,
                pharmacists=(pharmacists[0], pharmacists[1]),
            )
            for arm in ARMS
        ]
    )


class Member:
    """One of the cast."""

    def __init__(self, email: str) -> None:
        self.email = email

    @property
    def staff(self) -> StaffMember:
        return StaffMember.objects.select_related("site").get(email=self.email)

    @property
    def signature(self) -> dict[str, str]:
        """Both components, as the first signature of a session wants them."""
        return {"email": self.email, "password": PASSWORD}

    def actor(self, at: datetime | None = None) -> Actor:
        return Actor.of(self.staff, at=at or datetime.now(UTC))


LOGINS = {
    "administrator": "administrator",
    "principal": "pi",
    "investigator": "investigator",
    "coordinator": "coordinator",
    "nurse": "nurse1",
    "second_nurse": "nurse2",
    "pharmacist": "pharmacist1",
    "second_pharmacist": "pharmacist2",
    "assessor": "assessor",
    "ct_reader": "ctreader",
    "monitor": "monitor",
    "unblinded_monitor": "monitor.unblinded",
    "data_manager": "datamanager",
    "statistician": "statistician",
    "medical_monitor": "medicalmonitor",
    "safety_officer": "safetyofficer",
    "inspector": "inspector",
    "outsider": "coordinator.site02",
}


@pytest.fixture
def cast(db) -> SimpleNamespace:
    members = {name: Member(f"{login}@demo.example") for name, login in LOGINS.items()}
    return SimpleNamespace(**members, password=PASSWORD, site=StudySite.objects.get(code="01"))
