from dosing.views.afterwards import record_past
from dosing.views.bedside import hand_over, infusion, interrupt, problem, resume, start, stop
from dosing.views.orders import order
from dosing.views.pharmacy import another_bag, call_back, label, pharmacy, prepare
from dosing.views.returns import take_back
from dosing.views.slots import cancel_slot, move_slot, slot, worklist
from dosing.views.units import block_day, open_day, unit
from dosing.views.vitals import monitor, reaction, vitals

__all__ = [
    "another_bag",
    "block_day",
    "call_back",
    "cancel_slot",
    "hand_over",
    "infusion",
    "interrupt",
    "label",
    "monitor",
    "move_slot",
    "open_day",
    "order",
    "pharmacy",
    "prepare",
    "problem",
    "reaction",
    "record_past",
    "resume",
    "slot",
    "start",
    "stop",
    "take_back",
    "unit",
    "vitals",
    "worklist",
]
