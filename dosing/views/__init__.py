from dosing.views.bedside import infusion, start, stop, vitals
from dosing.views.orders import order
from dosing.views.pharmacy import pharmacy, prepare
from dosing.views.slots import cancel_slot, slot, worklist

__all__ = [
    "cancel_slot",
    "infusion",
    "order",
    "pharmacy",
    "prepare",
    "slot",
    "start",
    "stop",
    "vitals",
    "worklist",
]
