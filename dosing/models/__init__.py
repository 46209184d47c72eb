"""The infusion: slot, order, release, identification, infusion and the vital signs around it.

Nothing here differs between the arms: every bag has the same nominal volume and the same use-by rule.
"""

from dosing.models.bedside import Infusion, InfusionVitals, TimePoint
from dosing.models.measured import possible
from dosing.models.orders import InfusionOrder, OrderState, Release
from dosing.models.slots import BlockedDay, InfusionSlot, InfusionUnit, SlotState, WhyBlocked

__all__ = [
    "BlockedDay",
    "Infusion",
    "InfusionOrder",
    "InfusionSlot",
    "InfusionUnit",
    "InfusionVitals",
    "OrderState",
    "Release",
    "SlotState",
    "TimePoint",
    "WhyBlocked",
    "possible",
]
