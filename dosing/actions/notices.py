"""What must be told about infusions, planned into the ledger of notices; letters and sending are outcomes'.

A notice names a study site and a day, never a participant: e-mail is read over shoulders.
"""

from datetime import datetime

from dosing.models import InfusionSlot
from dosing.selectors import closing_windows, people_to_warn, pharmacists_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import Notice
from trial_site.core.notices import plan_notices

WINDOW_CLOSES, SLOT_CHANGED = "window", "slot"


@action
def plan_window_warnings(*, by: Actor, at: datetime) -> None:
    """To coordinators and investigators, once for each participant not infused and each warning that has come."""
    for closing in closing_windows(at=at):
        site = closing.subject.site
        what = f"{WINDOW_CLOSES}:{closing.subject.number}:{closing.window.last}:{closing.hours}"
        plan_notices(
            WINDOW_CLOSES, what, people_to_warn(site, at=at), site=site, on=closing.window.last, at=at
        )


def tell_pharmacy(slot: InfusionSlot, *, at: datetime) -> None:
    """The pharmacists of the study site look at their list again."""
    what = f"{SLOT_CHANGED}:{slot.pk}:{slot.state}"
    plan_notices(SLOT_CHANGED, what, pharmacists_of(slot.site, at=at), site=slot.site, on=slot.on, at=at)


def windows_still_closing(notice: Notice, at: datetime) -> int:
    """For how many participants of the notice's site and day it is still true, if the person may still act."""
    if notice.recipient not in people_to_warn(notice.site, at=at):
        return 0
    closing = closing_windows(at=at)
    return sum(one.subject.site_id == notice.site_id and one.window.last == notice.on for one in closing)


def still_of_the_pharmacy(notice: Notice, at: datetime) -> int:
    return int(notice.recipient in pharmacists_of(notice.site, at=at))
