"""Who must be told what about infusions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from dosing.models import Infusion
from dosing.rules.slots import warning_due
from dosing.selectors.bedside import holders
from dosing.selectors.worklists import WAITING
from enrollment.models import Subject
from enrollment.rules import Window
from enrollment.selectors import infusion_window, protocol_of, standing
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task


@dataclass(frozen=True)
class ClosingWindow:
    """A participant who is not infused, and the warning that has come: so many hours before the end."""

    subject: Subject
    window: Window
    hours: int


def closing_windows(*, at: datetime) -> Iterator[ClosingWindow]:
    waiting = Subject.objects.filter(state__in=WAITING).exclude(pk__in=Infusion.objects.values("subject"))
    for subject in waiting.select_related("site"):
        window = infusion_window(subject)
        if window is None or not standing(subject).treatment_stands:
            continue
        hours = warning_due(window, zone=subject.site.tz, at=at, protocol=protocol_of(subject))
        if hours is not None:
            yield ClosingWindow(subject, window, hours)


def people_to_warn(site: StudySite, *, at: datetime) -> QuerySet[StaffMember]:
    """Coordinators and investigators: whoever may still plan or order the infusion there."""
    return holders(site, Task.SCHEDULE_INFUSION, at=at)


def pharmacists_of(site: StudySite, *, at: datetime) -> QuerySet[StaffMember]:
    return holders(site, Task.PREPARE_PRODUCT, at=at)
