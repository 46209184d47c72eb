from dosing.actions.afterwards import record_past_infusion
from dosing.actions.bags import (
    another_bag_needed,
    ask_for_another_bag,
    hand_over,
    problems_to_report,
    report_problem,
)
from dosing.actions.bedside import (
    amend_infusion,
    interrupt_infusion,
    resume_infusion,
    start_infusion,
    stop_infusion,
)
from dosing.actions.notices import plan_window_warnings
from dosing.actions.orders import order_preparation
from dosing.actions.preparation import fail_preparation, fill_from_another_kit, prepare
from dosing.actions.reactions import amend_reaction, record_reaction
from dosing.actions.returns import take_back
from dosing.actions.slots import cancel_slot, move_slot, reserve_slot, slot_obstacle
from dosing.actions.units import block_day, open_day, set_up_unit
from dosing.actions.vitals import amend_infusion_vitals, record_infusion_vitals

__all__ = [
    "amend_infusion",
    "amend_infusion_vitals",
    "amend_reaction",
    "another_bag_needed",
    "ask_for_another_bag",
    "block_day",
    "cancel_slot",
    "fail_preparation",
    "fill_from_another_kit",
    "hand_over",
    "interrupt_infusion",
    "move_slot",
    "open_day",
    "order_preparation",
    "plan_window_warnings",
    "prepare",
    "problems_to_report",
    "record_infusion_vitals",
    "record_past_infusion",
    "record_reaction",
    "report_problem",
    "reserve_slot",
    "resume_infusion",
    "set_up_unit",
    "slot_obstacle",
    "start_infusion",
    "stop_infusion",
    "take_back",
]
