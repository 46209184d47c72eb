"""What a CT reader reads next, and what the readers found."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from enrollment.models import Subject
from enrollment.selectors import protocol_of, sites_for
from outcomes.models import EndpointRead, EndpointScan
from outcomes.rules.ct_reads import endpoint, needs_reader, place_in_line
from randomization.selectors import subjects_seen_by
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task


def scans_with_reads() -> QuerySet[EndpointScan]:
    reads = EndpointRead.objects.order_by("number")
    return EndpointScan.objects.select_related("subject__site").prefetch_related(Prefetch("reads", reads))


def volumes(scan: EndpointScan) -> list[Decimal]:
    return [read.lesion_percent for read in scan.reads.all()]


def limit_of(scan: EndpointScan) -> int:
    return protocol_of(scan.subject).ct_read_limit


def is_settled(scan: EndpointScan) -> bool:
    """Have the readers come to a value? That much the site is told."""
    return endpoint(volumes(scan), limit=limit_of(scan)) is not None


def unsettled_scans(subjects: QuerySet[Subject]) -> list[EndpointScan]:
    """Scans of these participants that still wait for a reader."""
    scans = scans_with_reads().filter(subject__in=subjects)
    return [scan for scan in scans if not is_settled(scan)]


def scans_to_read(actor: Actor) -> list[EndpointScan]:
    """Those this reader has not read and that need one more, in the reader's own order."""
    asked = scans_with_reads().filter(subject__site__in=sites_for(actor, Task.READ_CT))
    unread = asked.exclude(reads__reader=actor.id).exclude(subject__in=subjects_seen_by(actor))
    open_ones = [scan for scan in unread if needs_reader(volumes(scan), limit=limit_of(scan))]
    return sorted(open_ones, key=lambda scan: place_in_line(actor.id or 0, scan.code))


def endpoints_read(subjects: Sequence[Subject]) -> list[tuple[EndpointScan, Decimal]]:
    """The scans of these participants that are settled, each with the volume that counts."""
    scans = scans_with_reads().filter(subject__in=subjects).select_related("scan__visit")
    found = [(scan, endpoint(volumes(scan), limit=limit_of(scan))) for scan in scans]
    return [(scan, value) for scan, value in found if value is not None]
