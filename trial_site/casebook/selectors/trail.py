"""The audit trail of one participant, from the history that every blinded person may read.

The tables are an allow-list. Left out are the pharmacy's looks into the sealed room, whose reasons are written by
people who know the arm, and the requests that wait for a randomization.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionSlot, Release
from enrollment.models import Subject
from randomization.models import Kit
from trial_site.audit.models import Event
from trial_site.casebook.selectors.book import DATASETS
from trial_site.monitoring.history import Difference, differences, role_in, who_did
from trial_site.monitoring.models import Query, QueryMessage, Signature
from trial_site.monitoring.values import NameOf, naming

OF_THE_PARTICIPANT: dict[type[Model], Any] = {dataset.model: dataset.title for dataset in DATASETS} | {
    InfusionSlot: _("Infusion slot"),
    Kit: _("Kit"),
    Release: _("Release of the bag"),
}
ABOUT_THE_PARTICIPANT: dict[type[Model], Any] = {
    Query: _("Query"),
    QueryMessage: _("Message of a query"),
    Signature: _("Signature"),
}
TITLES = {
    model._meta.db_table: title for model, title in (OF_THE_PARTICIPANT | ABOUT_THE_PARTICIPANT).items()
}


@dataclass(frozen=True)
class Told:
    """One event as people read it."""

    at: datetime
    who: str
    role: str | Promise
    what: str | Promise
    operation: str
    differences: list[Difference]
    reason: str


def trail_of(subject: Subject) -> QuerySet[Event]:
    """Every event of a participant, newest first."""
    tables = [model._meta.db_table for model in OF_THE_PARTICIPANT]
    where = Q(subject_id=subject.pk, table__in=tables)
    for model, path in ((Query, "subject"), (QueryMessage, "query__subject"), (Signature, "subject")):
        keys = model._default_manager.filter(**{path: subject.number}).values("pk")
        where |= Q(table=model._meta.db_table, record_id__in=keys)
    return Event.objects.filter(where).order_by("-id")


def told(events: Iterable[Event]) -> list[Told]:
    name_of = naming()
    return [tell(event, name_of) for event in events]


def tell(event: Event, name_of: NameOf) -> Told:
    return Told(
        event.at,
        who_did(event),
        role_in(event),
        TITLES[event.table],
        event.get_operation_display(),
        differences(event, name_of),
        event.reason,
    )
