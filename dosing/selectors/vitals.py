"""Vital signs around the infusion, time point by time point."""

from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise

from dosing.models import Infusion, InfusionOrder, InfusionVitals, TimePoint
from dosing.rules.measurements import VITAL_SIGNS
from dosing.rules.time_points import BEFORE, Clock, planned_at


@dataclass(frozen=True)
class TimePointRow:
    """One row of the vital signs grid."""

    time_point: str
    label: str | Promise
    planned_at: datetime | None
    vitals: InfusionVitals | None

    @property
    def readings(self) -> list[tuple[Any, str]]:
        """Value and missing-data code of every vital sign, in the order of the form."""
        reasons = self.vitals.missing if self.vitals else {}
        names = [each.field for each in VITAL_SIGNS]
        return [(getattr(self.vitals, name, None), reasons.get(name, "")) for name in names]

    def status(self, at: datetime) -> str:
        if self.vitals:
            return "done"
        if self.planned_at is None:
            return "due" if self.time_point == BEFORE else "not_yet"
        return "due" if self.planned_at <= at else "expected"


def vital_sign_columns() -> list[tuple[str | Promise, str]]:
    """Label and unit of every vital sign, in the order of `readings`."""
    labels = {field.name: field.verbose_name for field in InfusionVitals._meta.concrete_fields}
    return [(labels[each.field], each.unit) for each in VITAL_SIGNS]


def vitals_grid(order: InfusionOrder) -> list[TimePointRow]:
    """Every planned time point with what was measured, by the planned time; those not planned yet come last."""
    recorded = {vitals.time_point: vitals for vitals in order.vitals.all()}
    clock = clock_of(order)
    rows = [
        TimePointRow(code, label, planned_at(code, clock), recorded.get(code))
        for code, label in TimePoint.choices
    ]
    return sorted(rows, key=lambda row: row.planned_at or datetime.max.replace(tzinfo=UTC))


def open_time_point(order: InfusionOrder, code: str) -> TimePointRow:
    """The time point asked for, else the one planned earliest of those not yet recorded, else the last."""
    grid = vitals_grid(order)
    asked = [row for row in grid if row.time_point == code]
    waiting = [row for row in grid if row.vitals is None]
    planned = sorted((row for row in waiting if row.planned_at), key=attrgetter("planned_at"))
    return next(iter([*asked, *planned, *waiting, grid[-1]]))


def clock_of(order: InfusionOrder) -> Clock:
    infusion = Infusion.objects.filter(order=order).first()
    return Clock(infusion.started_at, infusion.stopped_at) if infusion else Clock()
