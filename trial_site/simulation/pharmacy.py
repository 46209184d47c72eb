"""The simulated pharmacy: a later shipment of every product, in quarantine until the next working day, and what the
unblinded monitor asks about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from randomization import actions
from trial_site.core.models import StudySite
from trial_site.core.permissions import Role
from trial_site.simulation.troupe import Troupe

KITS = 4


def resupply(site: StudySite, troupe: Troupe, *, arms: Sequence[str], at: datetime) -> None:
    """One shipment per arm, received with the same words."""
    pharmacist = troupe.actor(Role.PHARMACIST, at=at)
    for turn, arm in enumerate(arms, start=1):
        access = actions.announce_shipment(site, by=pharmacist)
        values: dict[str, Any] = {
            "arm": arm,
            "lot": f"DEMO-NEXT-{turn}",
            "expires_on": site.date_of(at) + timedelta(days=500),
            "kits": KITS,
            "vials": 1,
            "storage_place": "Vapour phase tank 1, rack 4",
            "received_at": at - timedelta(minutes=30),
            "condition": "Dry shipper intact, seals unbroken, papers complete",
            "warmest_c": Decimal(-150 - turn),
            "coldest_c": Decimal(-184),
            "excursion": "",
        }
        actions.receive_shipment(access, values=values, by=pharmacist, at=at)
    monitor = troupe.actor(Role.UNBLINDED_MONITOR, at=at)
    actions.ask_pharmacy(
        actions.record_supply_access(site, by=monitor),
        about="",
        text="Please file the calibration certificate of the probe in tank 1.",
        by=monitor,
    )
