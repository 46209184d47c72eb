"""Amendments: which version of the protocol holds where, from when."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.actions.subjects import refuse_future
from enrollment.models import ProtocolApproval
from trial_site.audit.action import action
from trial_site.core import protocol
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require


@action
def approve_protocol_version(
    site: StudySite, *, version: str, approved_on: date, effective_on: date, by: Actor, at: datetime
) -> ProtocolApproval:
    """A version holds at this site from a day on, for whoever is first seen then; everyone else keeps theirs."""
    if not by.is_system:
        require(by, Task.ADMINISTER)
    StudySite.objects.select_for_update(no_key=True).get(pk=site.pk)
    refuse_future(approved_on, field="approved_on", today=site.date_of(at))
    if version not in protocol.versions():
        raise Refused(fields={"version": _("This application has no such version.")})
    if ProtocolApproval.objects.filter(site=site, version=version).exists():
        raise Refused(fields={"version": _("This version is approved at this site already.")})
    if effective_on < approved_on:
        raise Refused(fields={"effective_on": _("A version takes effect once it is approved.")})
    return ProtocolApproval.objects.create(
        site=site, version=version, approved_on=approved_on, effective_on=effective_on
    )
