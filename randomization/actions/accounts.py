"""Queries of the unblinded monitor to the pharmacists about the pharmacy's records, and the end of its accounts.

All of it is sealed; blinded people learn one word, `accounts_closed`.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from randomization import vault
from randomization.models import AccessRecord
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password
from trial_site.monitoring.models import MOVES, QueryState


@action
def ask_pharmacy(access: AccessRecord, *, about: str, text: str, by: Actor) -> None:
    """Open a query about a kit or a shipment of the record's site, or with an empty `about` about its accounts."""
    require(by, Task.MONITOR_SUPPLY, access.site_id)
    _refuse_empty("text", text)
    try:
        vault.write_query(access.pk, query="", about=about, state=QueryState.OPEN, text=text)
    except Refused:
        raise Refused(fields={"about": _("There is no such kit or shipment here.")}) from None


@action
def move_pharmacy_query(access: AccessRecord, *, number: str, verb: str, text: str, by: Actor) -> None:
    """Answer (the pharmacist), or close, ask again or cancel (the unblinded monitor)."""
    move = MOVES[verb]
    task = Task.MANAGE_SUPPLY if verb == "answer" else Task.MONITOR_SUPPLY
    require(by, task, access.site_id)
    if move.target != QueryState.CLOSED:
        _refuse_empty("text", text)
    try:
        vault.write_query(access.pk, query=number, about="", state=move.target, text=text)
    except Refused:
        raise Refused(_("This query stands otherwise by now. Nothing was changed.")) from None


@action
def close_accounts(access: AccessRecord, *, note: str, password: str, by: Actor, at: datetime) -> None:
    """The unblinded monitor signs that queries and accountability of the record's site are settled.

    Whatever the pharmacy writes afterwards opens the accounts again.
    """
    require(by, Task.MONITOR_SUPPLY, access.site_id)
    _refuse_empty("note", note)
    wrong = _("This is not your password. Nothing was closed.")
    require_password(StaffMember.objects.get(pk=by.person_id), password, field="password", wrong=wrong)
    try:
        vault.close_accounts(access.pk, closed=True, note=note.strip())
    except Refused:
        unsettled = _("Not closed: a query is unsettled, or a kit is between the pharmacy and a participant.")
        raise Refused(unsettled) from None


@action
def open_accounts(access: AccessRecord, *, note: str, by: Actor) -> None:
    """The unblinded monitor finds that something is not settled after all."""
    require(by, Task.MONITOR_SUPPLY, access.site_id)
    _refuse_empty("note", note)
    try:
        vault.close_accounts(access.pk, closed=False, note=note.strip())
    except Refused:
        raise Refused(_("The accounts are open already. Nothing was changed.")) from None


def accounts_closed(site: StudySite) -> bool:
    """All that blinded people learn of the pharmacy's queries and accounts."""
    return vault.accounts_closed(site.pk)


def _refuse_empty(field: str, text: str) -> None:
    if not text.strip():
        raise Refused(fields={field: _("Write a sentence.")})
