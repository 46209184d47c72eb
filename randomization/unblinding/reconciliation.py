"""The accountability log of a study site, to be printed: the balance, every kit from receipt to destruction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from randomization.models import KitPlace, Step
from randomization.rules.stock import Account, Movement, StockedKit, Traced, accounts, in_stock
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.protocol import latest

COUNTED = (
    Step.RECEIVED,
    Step.GIVEN,
    Step.PART_GIVEN,
    Step.NOT_GIVEN,
    Step.FAILED,
    Step.RETURNED,
    Step.DESTROYED,
    Step.WITHDRAWN,
    Step.LOST,
)


def reconciliation(
    site: StudySite,
    *,
    kits: Sequence[StockedKit],
    ledger: Sequence[Movement],
    filled: Iterable[Traced],
    at: datetime,
) -> dict[str, Any]:
    """The texts of the document, in the language of whoever prints it and the zone of the site.

    filled: whose bags the kits fill now; the bag has the number that blinded people know.
    """
    bags = {each.kit_number: each for each in filled if each.bag}
    whole = accounts(kits, ledger)
    names = dict(StaffMember.objects.values_list("pk", "full_name"))
    return {
        "lang": (get_language() or "en")[:2],
        "title": _("Kit accountability and reconciliation"),
        "warning": _("UNBLINDED – do not show to blinded staff"),
        "study": latest().registry_id,
        "site": str(site),
        "made": _("Printed %(at)s (%(zone)s)") % {"at": _instant(at, site), "zone": site.zone},
        "totals": _totals(whole),
        "checks": _checks(whole, ledger),
        "kits": _kits(whole, bags, names, site),
        "signatures": [_("Pharmacist, date"), _("Unblinded monitor, date")],
    }


def _totals(whole: Sequence[Account]) -> dict[str, Any]:
    by_arm: dict[str, list[Account]] = {}
    for account in whole:
        by_arm.setdefault(account.kit.arm, []).append(account)
    return {
        "title": _("Balance"),
        "head": [
            _("Contents"),
            *(str(step.label) for step in COUNTED),
            _("Must be in the pharmacy or on the ward"),
        ],
        "rows": [_total(arm, found) for arm, found in sorted(by_arm.items())],
    }


def _total(arm: str, found: Sequence[Account]) -> list[str]:
    taken = Counter(step for account in found for step in {movement.step for movement in account.movements})
    present = in_stock([movement for account in found for movement in account.movements])
    return [_arm(arm), *(str(taken[step]) for step in COUNTED), str(present)]


def _checks(whole: Sequence[Account], ledger: Sequence[Movement]) -> list[str]:
    wrong = [account.kit.number for account in whole if not account.agrees]
    unexpected = [account.kit.number for account in whole if account.unexpected]
    said = [_("%(rows)s rows, %(kits)s kits.") % {"rows": len(ledger), "kits": len(whole)}]
    if wrong:
        said.append(
            _("The ledger does not lead to where these kits are: %(kits)s") % {"kits": ", ".join(wrong)}
        )
    else:
        said.append(_("The ledger, replayed from its first row, leads to where every kit is."))
    if unexpected:
        said.append(_("Steps to be explained: %(kits)s") % {"kits": ", ".join(unexpected)})
    return said


def _arm(code: str) -> str:
    return latest().arm_name(code, get_language())


def _kits(
    whole: Sequence[Account], bags: Mapping[str, Traced], names: Mapping[int, str], site: StudySite
) -> dict[str, Any]:
    return {
        "title": _("Every kit"),
        "head": [_("Step"), _("When"), _("Afterwards"), _("Who"), _("Left in the bag"), _("Note")],
        "rows": [_kit(account, bags.get(account.kit.number), names, site) for account in whole],
    }


def _kit(account: Account, bag: Traced | None, names: Mapping[int, str], site: StudySite) -> dict[str, Any]:
    kit = account.kit
    title = _("Kit %(number)s") % {"number": kit.number}
    if bag:
        title += " · " + _("participant %(participant)s, bag %(bag)s") % {
            "participant": bag.participant,
            "bag": bag.bag,
        }
    facts = {"lot": kit.lot, "expires": date_format(kit.expires_on), "shipment": kit.shipment}
    return {
        "title": title,
        "contents": f"{_arm(kit.arm)} · "
        + _("lot %(lot)s · expires %(expires)s · shipment %(shipment)s") % facts,
        "problems": [
            _("to be explained: %(step)s at %(at)s")
            % {"step": Step(movement.step).label, "at": _instant(movement.at, site)}
            for movement in account.unexpected
        ],
        "movements": [_row(movement, names, site) for movement in account.movements],
    }


def _row(movement: Movement, names: Mapping[int, str], site: StudySite) -> list[str]:
    people = [names[pk] for pk in (movement.person_id, movement.second_person_id) if pk] or [_("the system")]
    left = "" if movement.residual_ml is None else f"{number_format(movement.residual_ml)} mL"
    return [
        str(Step(movement.step).label),
        _instant(movement.at, site),
        str(KitPlace(movement.place).label),
        ", ".join(people),
        left,
        movement.note,
    ]


def _instant(at: datetime, site: StudySite) -> str:
    return f"{at.astimezone(site.tz):%Y-%m-%d %H:%M}"
