"""When and how many infusions a study site gives: set by its coordinator or its pharmacy."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from dosing.models import BlockedDay, InfusionSlot, InfusionUnit, SlotState
from trial_site.audit.action import action
from trial_site.core import protocol
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused, StaleRecord
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, can, require

SETTINGS = ("first_hour", "last_hour", "capacity", "lead_minutes")


@action
def set_up_unit(site: StudySite, *, version: int, by: Actor, at: datetime, **values: int) -> InfusionUnit:
    """Change hours, capacity and lead time (SETTINGS) for slots to come; slots that are reserved stay."""
    _require_manager(by, site)
    unit = hold(site)
    if unit.version != version:
        raise StaleRecord(_("Somebody else saved this form after you opened it. Nothing was overwritten."))
    _refuse_settings(values, protocol.current(site.date_of(at)).preparation_lead_minutes)
    for name in SETTINGS:
        setattr(unit, name, values[name])
    unit.version += 1
    unit.save()
    return unit


@action
def block_day(site: StudySite, *, on: date, why: str, by: Actor, at: datetime) -> BlockedDay:
    """No infusion on this day. Refused while one is planned: somebody must first be moved."""
    _require_manager(by, site)
    hold(site)
    if on < site.date_of(at):
        raise Refused(fields={"on": _("This day is over.")})
    if BlockedDay.objects.filter(site=site, on=on, opened_at=None).exists():
        raise Refused(fields={"on": _("This day is blocked already.")})
    if InfusionSlot.objects.filter(site=site, on=on, state=SlotState.RESERVED).exists():
        raise Refused(fields={"on": _("An infusion is planned on this day. Move it first.")})
    return BlockedDay.objects.create(site=site, on=on, why=why, blocked_by_id=by.person_id)


@action
def open_day(site: StudySite, *, on: date, by: Actor, at: datetime) -> None:
    """Infusions can be planned again on a blocked day; the row stays as history."""
    _require_manager(by, site)
    hold(site)
    blocked = BlockedDay.objects.filter(site=site, on=on, opened_at=None).first()
    if blocked is None:
        raise Refused(_("This day is not blocked."))
    blocked.opened_at = at
    blocked.save(update_fields=["opened_at"])


def hold(site: StudySite) -> InfusionUnit:
    """The unit of a study site, held until the action ends; made with the defaults when nobody did yet."""
    InfusionUnit.objects.get_or_create(site=site)
    return InfusionUnit.objects.select_for_update().get(site=site)


def _require_manager(by: Actor, site: StudySite) -> None:
    if not can(by, Task.PREPARE_PRODUCT, site.pk):
        require(by, Task.SCHEDULE_INFUSION, site.pk)


def _refuse_settings(values: Mapping[str, int], least: int) -> None:
    if values["first_hour"] > values["last_hour"]:
        raise Refused(fields={"last_hour": _("The last hour cannot be before the first.")})
    if values["lead_minutes"] < least:
        raise Refused(
            fields={"lead_minutes": _("The protocol asks for at least %(least)s minutes.") % {"least": least}}
        )
