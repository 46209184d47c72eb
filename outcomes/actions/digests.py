"""The day's reminders of what waits, and the clock of serious events; planned once per person and day."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from dosing.selectors import holders
from outcomes.models import AdverseEvent, UnwantedReminder
from outcomes.selectors.digests import DIGESTS, clocks_running_out, people_reminded
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.notices import plan_notices
from trial_site.core.permissions import Role, Task, can

# On the study site's clock. What a day without beat leaves out, the next one tells: it still waits.
FROM, UNTIL = time(7), time(9)
CLOCK, WARNED_BEFORE = "clock", timedelta(hours=8)
REPORTERS = (Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR, Role.COORDINATOR)


@action
def plan_digests(*, by: Actor, at: datetime) -> None:
    for site in StudySite.objects.all():
        if FROM <= at.astimezone(site.tz).time() < UNTIL:
            for kind in DIGESTS:
                _plan(site, kind, at=at)
    for event in clocks_running_out(at=at, before=WARNED_BEFORE):
        _warn(event, at=at)


def _plan(site: StudySite, kind: str, *, at: datetime) -> None:
    today = site.date_of(at)
    what = f"{kind}:{site.code}:{today}"
    known = set(Notice.objects.filter(key__startswith=f"{what}:").values_list("recipient", flat=True))
    people = [one for one in people_reminded(site, kind, at=at) if one.pk not in known]
    waiting = [one for one in people if how_many(kind, one, site, at=at)]
    plan_notices(kind, what, waiting, site=site, on=today, at=at)


def how_many(kind: str, person: StaffMember, site: StudySite, *, at: datetime) -> int:
    return DIGESTS[kind].count(site, Actor.of(person, at=at), at)


def _warn(event: AdverseEvent, *, at: datetime) -> None:
    site = event.subject.site
    people = reporters_of(site, at=at)
    plan_notices(CLOCK, f"{CLOCK}:{event.pk}", people, site=site, on=site.date_of(at), at=at)


def reporters_of(site: StudySite, *, at: datetime) -> Iterable[StaffMember]:
    return holders(site, Task.RECORD_SAFETY, at=at).filter(role__in=REPORTERS)


def still_waiting(notice: Notice, at: datetime) -> int:
    """Asked again right before sending, of the person as they are now; nothing of yesterday leaves."""
    if notice.on != notice.site.date_of(at):
        return 0
    if notice.recipient not in people_reminded(notice.site, notice.kind, at=at):
        return 0
    return how_many(notice.kind, notice.person, notice.site, at=at)


def clock_still_runs(notice: Notice, at: datetime) -> int:
    """The event of the notice is not reported yet, and this person may report it."""
    event = clocks_running_out(at=at, before=WARNED_BEFORE).filter(pk=notice.key.split(":")[1])
    allowed = can(Actor.of(notice.person, at=at), Task.RECORD_SAFETY, notice.site_id)
    return int(allowed and event.exists())


@action
def choose_reminders(staff: StaffMember, *, wanted: Iterable[str], offered: Iterable[str], by: Actor) -> None:
    """Everyone switches off, for themselves, what they do not want of the kinds that were offered."""
    wanted = set(wanted)
    for kind in offered:
        UnwantedReminder.objects.update_or_create(
            staff=staff, kind=kind, defaults={"off": kind not in wanted}
        )
