from dosing.views.bedside import infusion, start, stop, vitals
from dosing.views.orders import order
from dosing.views.pharmacy import pharmacy, prepare
from dosing.views.slots import cancel_slot, move_slot, slot, worklist
from dosing.views.units import block_day, open_day, unit

__all__ = [
    "block_day",
    "cancel_slot",
    "infusion",
    "move_slot",
    "open_day",
    "order",
    "pharmacy",
    "prepare",
    "slot",
    "start",
    "stop",
    "unit",
    "vitals",
    "worklist",
]
