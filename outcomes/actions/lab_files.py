"""Taking over a laboratory's file of results, after somebody has seen what it would change."""

from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from outcomes.actions.visits import amend_visit_form, record_visit_form
from outcomes.models import LaboratoryFile
from outcomes.selectors.lab_files import Proposal, preview_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require


@action
def take_over_laboratory_file(
    site: StudySite, *, text: str, seen: str, reason: str = "", by: Actor, at: datetime
) -> LaboratoryFile:
    """All of it or nothing. `seen` is the seal of the preview that was confirmed; what is unlikely leaves a query.

    Raises Refused for a file with faults, one without anything new, one that was taken over before, or when what
    is saved has changed since the preview.
    """
    require(by, Task.RECORD_LABORATORY, site.pk)
    digest = sha256("\n".join(text.splitlines()).encode()).hexdigest()
    if LaboratoryFile.objects.filter(site=site, sha256=digest).exists():
        raise Refused(_("This file was taken over before. Nothing was changed."))
    found = preview_of(text, site, at=at)
    if found.faults:
        raise Refused(_("The file has lines that cannot be taken over. Nothing was changed."))
    if not found.news:
        raise Refused(_("There is nothing new in this file. Nothing was changed."))
    if found.seal != seen:
        raise Refused(_("Results were saved meanwhile. Look at the preview again; nothing was changed."))
    if found.needs_reason and not reason.strip():
        raise Refused(fields={"reason": _("Say why a saved value changes.")})
    for proposal in found.news:
        _take_over(proposal, reason, by=by, at=at)
    return LaboratoryFile.objects.create(
        site=site, sha256=digest, results=found.count, taken_at=at, taken_by_id=by.person_id
    )


def _take_over(proposal: Proposal, reason: str, *, by: Actor, at: datetime) -> None:
    context, record = proposal.context, proposal.record
    message = _("The laboratory's file says so; it is outside the expected range.")
    concerns = [Concern(field, message) for field in proposal.doubted]
    given = {"concerns": concerns, "by": by, "at": at}
    if record is None:
        took_place_on = context.subject.site.date_of(proposal.sampled_at)
        values = {"sampled_at": proposal.sampled_at, **proposal.values}
        which = {"form": proposal.form, "took_place_on": took_place_on, "values": values}
        record_visit_form(context.subject, context.planned.key, **which, **given)
        return
    missing = {name: why for name, why in record.missing.items() if name not in proposal.values}
    values = {**proposal.values, "missing": missing}
    why = reason.strip() or _("Results that came later, from the laboratory's file")
    amend_visit_form(record, values=values, version=record.version, reason=why, **given)
