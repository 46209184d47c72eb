"""Planning e-mails into the ledger of notices; letters and sending are outcomes'."""

from collections.abc import Iterable
from datetime import date, datetime

from trial_site.core.models import Notice, StaffMember, StudySite


def plan_notices(
    kind: str, what: str, people: Iterable[StaffMember], *, site: StudySite, on: date, at: datetime
) -> None:
    """A notice to each person about `what`, which together with the person makes it once; part of an action."""
    notices = [
        Notice(
            key=f"{what}:{person.pk}",
            kind=kind,
            recipient=person,
            site=site,
            on=on,
            planned_at=at,
            next_attempt_at=at,
        )
        for person in people
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
