"""What lies in the pharmacy, for who accounts for it."""

from randomization import vault
from randomization.models import AccessRecord
from randomization.rules.stock import (
    Closure,
    Movement,
    PharmacyQuery,
    Recall,
    Shipment,
    StockedKit,
    SupplyHold,
    Traced,
    by_query,
)
from trial_site.audit.action import action
from trial_site.core.actors import Actor


@action
def stock(access: AccessRecord, *, by: Actor) -> list[StockedKit]:
    """Every kit of the access record's site, or of its shipment."""
    return vault.stock(access.pk)


@action
def shipments(access: AccessRecord, *, by: Actor) -> list[Shipment]:
    return vault.shipments(access.pk)


@action
def ledger(access: AccessRecord, *, by: Actor) -> list[Movement]:
    """Every row, in the order in which they were written."""
    return vault.ledger(access.pk)


@action
def trace(access: AccessRecord, *, lot: str, by: Actor) -> list[Traced]:
    """From a lot to the participants whose bags it filled."""
    return vault.trace(access.pk, lot=lot)


@action
def recalls(access: AccessRecord, *, by: Actor) -> list[Recall]:
    return vault.recalls(access.pk)


@action
def hold(access: AccessRecord, *, by: Actor) -> SupplyHold:
    return vault.hold_of(access.pk)


@action
def pharmacy_queries(access: AccessRecord, *, by: Actor) -> list[PharmacyQuery]:
    return by_query(vault.queries(access.pk))


@action
def closures(access: AccessRecord, *, by: Actor) -> list[Closure]:
    """Closings and openings of the accounts, the latest first."""
    return vault.closures(access.pk)
