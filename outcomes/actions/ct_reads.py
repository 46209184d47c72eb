"""Reading chest CT for the endpoint, from a code that says nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from enrollment.actions.subjects import lock
from enrollment.models import SubjectState
from outcomes.actions.blind import require_blind
from outcomes.models import ChestCt, EndpointRead, EndpointScan
from outcomes.rules.ct_reads import scan_code
from outcomes.selectors.ct_reads import scans_to_read, scans_with_reads
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task


def give_code(scan: ChestCt) -> EndpointScan:
    """Part of recording a scan: from then on the readers can be given it."""
    return EndpointScan.objects.create(
        subject=scan.subject, scan=scan, code=scan_code(settings.SECRET_KEY, scan.pk)
    )


@action
def read_scan(scan: EndpointScan, *, values: Mapping[str, Any], by: Actor, at: datetime) -> EndpointRead:
    """Once per reader, who knows neither what others read nor whether they did."""
    require_blind(by, Task.READ_CT, scan.subject)
    lock(scan.subject, SubjectState.RANDOMIZED, SubjectState.WITHDRAWN)
    if scan not in scans_to_read(by):
        raise Refused(_("This scan does not wait for you. Nothing was kept."))
    if not 0 <= values["lesion_percent"] <= 100:
        raise Refused(fields={"lesion_percent": _("Enter a percentage from 0 to 100.")})
    number = scans_with_reads().get(pk=scan.pk).reads.count() + 1
    return EndpointRead.objects.create(
        subject=scan.subject, scan=scan, number=number, read_at=at, reader_id=by.person_id, **values
    )
