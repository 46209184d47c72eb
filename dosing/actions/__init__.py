from dosing.actions.bedside import amend_infusion, start_infusion, stop_infusion
from dosing.actions.orders import order_preparation
from dosing.actions.preparation import prepare
from dosing.actions.slots import cancel_slot, reserve_slot, slot_obstacle
from dosing.actions.vitals import amend_infusion_vitals, record_infusion_vitals

__all__ = [
    "amend_infusion",
    "amend_infusion_vitals",
    "cancel_slot",
    "order_preparation",
    "prepare",
    "record_infusion_vitals",
    "reserve_slot",
    "slot_obstacle",
    "start_infusion",
    "stop_infusion",
]
