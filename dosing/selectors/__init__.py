"""Reads of slots, orders and infusions, and the worklists made of them."""

from dosing.selectors.attendance import attended_infusion, reactions_for, reactions_of
from dosing.selectors.bedside import (
    bedside,
    done,
    events_before_dose,
    holders,
    infusion_of,
    order_of,
    orders_of_bag,
    second_people,
)
from dosing.selectors.notices import ClosingWindow, closing_windows, people_to_warn, pharmacists_of
from dosing.selectors.slots import (
    SlotDay,
    blocked_days,
    free_days,
    free_slots,
    planning,
    slot_of,
    slots_of,
    unit_of,
)
from dosing.selectors.vitals import (
    TimePointRow,
    charts,
    clock_of,
    last_alarms,
    open_time_point,
    vital_sign_columns,
    vitals_grid,
)
from dosing.selectors.worklists import (
    DueInfusion,
    announced_slots,
    due_infusions,
    orders_at,
    sites_with_unit,
)

__all__ = [
    "ClosingWindow",
    "DueInfusion",
    "SlotDay",
    "TimePointRow",
    "announced_slots",
    "attended_infusion",
    "bedside",
    "blocked_days",
    "charts",
    "clock_of",
    "closing_windows",
    "done",
    "due_infusions",
    "events_before_dose",
    "free_days",
    "free_slots",
    "holders",
    "infusion_of",
    "last_alarms",
    "open_time_point",
    "order_of",
    "orders_at",
    "orders_of_bag",
    "people_to_warn",
    "pharmacists_of",
    "planning",
    "reactions_for",
    "reactions_of",
    "second_people",
    "sites_with_unit",
    "slot_of",
    "slots_of",
    "unit_of",
    "vital_sign_columns",
    "vitals_grid",
]
