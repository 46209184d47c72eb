"""Vital signs around the infusion, time point by time point."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise

from dosing.models import Infusion, InfusionOrder, InfusionVitals, TimePoint
from dosing.rules.curves import Curve, Dot, curve
from dosing.rules.measurements import VITAL_SIGNS
from dosing.rules.stop_rules import fired
from dosing.rules.time_points import BEFORE, Clock, planned_at
from dosing.selectors.bedside import infusion_of, order_of
from enrollment.models import Subject
from enrollment.selectors import protocol_of
from trial_site.core.thresholds import StopRule

AT_ONCE = timedelta(minutes=30)


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

    @property
    def entered_late(self) -> bool:
        """From paper or from memory, and not as it was measured."""
        return self.vitals is not None and self.vitals.entered_at - self.vitals.measured_at > AT_ONCE

    @property
    def alarms(self) -> list[StopRule]:
        """The stop rules that this measurement meets."""
        return fired(vars(self.vitals), protocol_of(self.vitals.subject)) if self.vitals else []

    def status(self, at: datetime) -> str:
        if self.vitals:
            return "done"
        if self.planned_at is None:
            return "due" if self.time_point == BEFORE else "not_yet"
        return "due" if self.planned_at <= at else "expected"


def vital_sign_columns() -> list[tuple[str | Promise, str, str]]:
    """Label, unit and field of every vital sign, in the order of `readings`."""
    labels = {field.name: field.verbose_name for field in InfusionVitals._meta.concrete_fields}
    return [(labels[each.field], each.unit, each.field) for each in VITAL_SIGNS]


def measured_around(subject: Subject) -> InfusionOrder | Infusion | None:
    """What vital signs belong to: the order, or an infusion that was recorded afterwards without one."""
    return order_of(subject) or infusion_of(subject)


def vitals_grid(around: InfusionOrder | Infusion) -> list[TimePointRow]:
    """Every planned time point with what was measured, by the planned time; those not planned yet come last."""
    recorded = {vitals.time_point: vitals for vitals in around.vitals.all()}
    clock = clock_of(around)
    rows = [
        TimePointRow(code, label, planned_at(code, clock), recorded.get(code))
        for code, label in TimePoint.choices
    ]
    return sorted(rows, key=lambda row: row.planned_at or datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Chart:
    """The curve of one vital sign over the time points of the grid."""

    label: str | Promise
    unit: str
    curve: Curve
    names: tuple[str | Promise, ...]

    @property
    def told(self) -> list[tuple[Dot, str | Promise]]:
        """Each dot with the name of its time point."""
        return [(dot, self.names[dot.place]) for dot in self.curve.dots]


def charts(grid: list[TimePointRow]) -> list[Chart]:
    """A curve for each vital sign; the table beside them says the same in numbers."""
    names = tuple(row.label for row in grid)
    columns = zip(vital_sign_columns(), VITAL_SIGNS, strict=True)
    return [
        Chart(
            label,
            unit,
            curve([getattr(row.vitals, each.field, None) for row in grid], normal=each.plausible),
            names,
        )
        for (label, unit, _field), each in columns
    ]


def last_alarms(grid: list[TimePointRow]) -> tuple[TimePointRow, list[StopRule]] | None:
    """The latest measurement, if it meets a stop rule."""
    measured = [row for row in grid if row.vitals]
    last = max(measured, key=lambda row: row.vitals.measured_at, default=None)  # type: ignore[union-attr]
    return (last, last.alarms) if last and last.alarms else None


def open_time_point(around: InfusionOrder | Infusion, code: str) -> TimePointRow:
    """The time point asked for, else the one planned earliest of those not yet recorded, else the last."""
    grid = vitals_grid(around)
    asked = [row for row in grid if row.time_point == code]
    waiting = [row for row in grid if row.vitals is None]
    planned = sorted((row for row in waiting if row.planned_at), key=attrgetter("planned_at"))
    return next(iter([*asked, *planned, *waiting, grid[-1]]))


def clock_of(around: InfusionOrder | Infusion) -> Clock:
    started = [around] if isinstance(around, Infusion) else Infusion.objects.filter(order=around)
    return next((Clock(one.started_at, one.stopped_at) for one in started), Clock())
