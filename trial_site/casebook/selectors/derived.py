"""Derived endpoints as the casebook shows them: to each reader those that follow from forms they read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enrollment.models import Subject
from outcomes.datasets.derived import ENDPOINTS
from outcomes.rules.derived import Change, TimeToEvent
from outcomes.selectors import derived_of
from trial_site.core.actors import Actor
from trial_site.core.errors import Sentence
from trial_site.monitoring.registry import label_of, registered
from trial_site.monitoring.selectors import readable_forms


@dataclass(frozen=True)
class ChangeRow:
    """One measured number: what it is called, its baseline, and the difference at each visit (None: not measured)."""

    label: Sentence
    unit: str
    base: Decimal
    differences: list[Decimal | None]


@dataclass(frozen=True)
class DerivedPanel:
    times: list[tuple[Sentence, TimeToEvent | None]]
    visits: list[str]
    rows: list[ChangeRow]


def derived_for(actor: Actor, subject: Subject, *, at: datetime) -> DerivedPanel | None:
    """None before randomization."""
    forms = readable_forms(actor, subject.site_id)
    found = derived_of(subject, forms=forms, at=at)
    if found is None:
        return None
    first: dict[str, datetime] = {}
    for change in (one for each in found.changes.values() for one in each):
        at, visit = change.measured.at, change.measured.visit
        first[visit] = min(at, first.get(visit, at))
    visits = sorted(first, key=lambda visit: first[visit])
    rows = [row_of(form, field, changes, visits) for (form, field), changes in found.changes.items()]
    times = [(ENDPOINTS[endpoint], time) for endpoint, time in found.times.items()]
    return DerivedPanel(times, visits, rows)


def row_of(form: str, field: str, changes: list[Change], visits: list[str]) -> ChangeRow:
    at = {change.measured.visit: change.difference for change in changes}
    unit = registered(form).units[field]
    return ChangeRow(label_of(form, field), unit, changes[0].base.value, [at.get(visit) for visit in visits])
