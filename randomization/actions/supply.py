"""What the pharmacy does with its kits: receive, release, destroy, withdraw, hold. Everything it writes is sealed.

Each action takes an access record committed before; the room asks for it again.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from randomization import vault
from randomization.models import PHARMACY_CALLS, SUPPLY_LOW, AccessRecord, Purpose, Step
from randomization.rules.kit_numbers import new_shipment_number
from randomization.rules.shipments import shipment_problems
from randomization.selectors import accountants_of, medical_monitors_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.permissions import Task, can, require
from trial_site.core.second_person import require_second_person

SENTENCES = {
    "future": gettext_lazy("This time is in the future."),
    "expired": gettext_lazy("These kits have expired already."),
    "coldest_warmer": gettext_lazy("The lowest temperature cannot be above the highest."),
    "excursion_unexplained": gettext_lazy(
        "The shipment was too warm. Say how long, and what the maker answered."
    ),
}
BY_TWO = (Step.RELEASED, Step.DESTROYED)
# What the history of the open tables says of every look at the stock: nobody reads there why it was taken.
WHY = "Accounting for kits"


@action(durable=True)
def record_supply_access(site: StudySite, *, shipment: str = "", by: Actor) -> AccessRecord:
    """Commit who is about to look at the kits of a site, or of one shipment."""
    if not can(by, Task.MONITOR_SUPPLY, site.pk):
        require(by, Task.MANAGE_SUPPLY, site.pk)
    return AccessRecord.objects.create(
        person_id=by.person_id, site=site, shipment=shipment, purpose=Purpose.SUPPLY, why=WHY
    )


def announce_shipment(site: StudySite, *, by: Actor) -> AccessRecord:
    """An access record that names a shipment which is about to be received."""
    return record_supply_access(site, shipment=new_shipment_number(), by=by)


@action
def receive_shipment(access: AccessRecord, *, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """A shipment of one product arrives and goes into quarantine; the room numbers its kits.

    `values`: arm, lot, expires_on, kits, vials (of each), storage_place, received_at, condition, warmest_c, coldest_c
    (°C on the way) and excursion.
    """
    site = _site_of(access, by)
    problems = shipment_problems(values, at=at, today=site.date_of(at))
    if problems:
        raise Refused(fields={field: SENTENCES[kind] for field, kind in problems.items()})
    vault.receive(access.pk, **values)


@action
def account_for_kits(
    access: AccessRecord,
    *,
    kits: list[str],
    step: str,
    by: Actor,
    at: datetime,
    second_person: StaffMember | None = None,
    second_password: str = "",
    residual_ml: Decimal | None = None,
    note: str = "",
) -> None:
    """The same step of several kits: RELEASED and DESTROYED by two people, QUARANTINED, RETURNED, WITHDRAWN, LOST.

    `residual_ml`: what was left in each bag, needed for destruction. Raises Refused, with none of them moved, when
    one is not where the step begins.
    """
    site = _site_of(access, by)
    if step in BY_TWO:
        if second_person is None:
            raise Refused(fields={"second_person": _("This takes two people.")})
        require_second_person(
            second_person, password=second_password, task=Task.MANAGE_SUPPLY, site_id=site.pk, by=by, at=at
        )
    if step == Step.DESTROYED and residual_ml is None:
        raise Refused(
            fields={"residual_ml": _("Say how much was left in each bag; 0 for a kit never opened.")}
        )
    if not kits:
        raise Refused(fields={"kits": _("Choose at least one kit.")})
    try:
        vault.supply_step(
            access.pk,
            kits=kits,
            step=step,
            at=at,
            second_person_id=second_person.pk if second_person else None,
            residual_ml=residual_ml,
            note=note,
        )
    except Refused:
        raise Refused(
            fields={
                "kits": _("One of these kits is not where this step begins, is withdrawn or has expired.")
            }
        ) from None


@action
def withdraw_lot(access: AccessRecord, *, lot: str, cause: str, note: str, by: Actor, at: datetime) -> int:
    """Withdraw every kit of a lot wherever it is, and ask the medical monitor to call. Returns how many kits.

    The notice says neither lot nor product; whom it concerns the pharmacist says on the telephone, and the code of
    each participant is broken through its own door.
    """
    site = _site_of(access, by)
    try:
        withdrawn = vault.withdraw_lot(access.pk, lot=lot, cause=cause, note=note)
    except Refused:
        raise Refused(fields={"lot": _("There is no such lot here, or it is withdrawn already.")}) from None
    for person in medical_monitors_of(site, at=at):
        _tell(person, PHARMACY_CALLS, f"{PHARMACY_CALLS}:{access.pk}", site=site, at=at)
    return withdrawn


@action
def set_hold(access: AccessRecord, *, held: bool, reason: str, by: Actor) -> None:
    """Put the supply of the site on hold, or lift the hold; the reason stays in the sealed room."""
    _site_of(access, by)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why.")})
    vault.set_hold(access.pk, held=held, reason=reason)


@action
def warn_of_low_supply(*, by: Actor, at: datetime) -> None:
    """Unblinded staff of each site where an arm was short of kits, recent steps aside, are told, once a week."""
    for site in StudySite.objects.all():
        if vault.was_low(site.pk):
            week = site.date_of(at).strftime("%G-%V")
            for person in accountants_of(site, at=at):
                _tell(person, SUPPLY_LOW, f"{SUPPLY_LOW}:{site.code}:{week}", site=site, at=at)


def still_answers_for_supply(notice: Notice, at: datetime) -> int:
    """Whoever left is not written to."""
    return int(notice.recipient in accountants_of(notice.site, at=at))


def _tell(person: StaffMember, kind: str, what: str, *, site: StudySite, at: datetime) -> None:
    Notice.objects.get_or_create(
        key=f"{what}:{person.pk}",
        defaults={
            "kind": kind,
            "recipient": person,
            "site": site,
            "on": site.date_of(at),
            "planned_at": at,
            "next_attempt_at": at,
        },
    )


def _site_of(access: AccessRecord, by: Actor) -> StudySite:
    site = access.site
    require(by, Task.MANAGE_SUPPLY, site.pk if site else None)
    if site is None:
        raise Refused(_("The sealed room refuses."))
    return site
