"""Locking a study site or the database: decided here, where everything can be seen."""

from datetime import datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.casebook.selectors import checklist
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import place_lock
from trial_site.monitoring.models import Freeze
from trial_site.monitoring.scopes import alone


@action
def lock(site: StudySite | None, *, by: Actor, at: datetime) -> Freeze:
    """Lock a study site, or with None the database. Refused while anything on the checklist is open."""
    require(by, Task.LOCK, site.pk if site else None)
    alone()
    still_open = [str(one.title) for one in checklist(site, at=at) if one.open]
    if still_open:
        raise Refused(_("Not locked. Still to be settled: %(what)s.") % {"what": "; ".join(still_open)})
    return place_lock(site, by=by, at=at)
