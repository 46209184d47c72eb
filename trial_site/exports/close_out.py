"""The end of a study site: locked, copied for good, then closed; who worked there reads on and writes nothing."""

from datetime import datetime

from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core import actions as sites
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.exports.models import ExportState
from trial_site.exports.selectors import certified_copies, is_locked


@action
def close_out(site: StudySite, *, by: Actor, at: datetime) -> None:
    """Close a locked site whose certified copy is there."""
    require(by, Task.LOCK, site.pk)
    if not is_locked(site.code):
        raise Refused(_("Not closed. Lock the study site first."))
    if not certified_copies(site).filter(state=ExportState.READY).exists():
        raise Refused(_("Not closed. The site keeps a certified copy: make it first."))
    sites.close_site(site, by=by, at=at)
