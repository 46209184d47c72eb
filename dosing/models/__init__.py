"""The infusion: slot, order, release, identification, infusion and the vital signs around it.

Nothing here differs between the arms: every bag has the same nominal volume and the same use-by rule.
"""

from dosing.models.bedside import (
    Asked,
    Grade,
    Infusion,
    InfusionReaction,
    InfusionVitals,
    Interruption,
    Response,
    TimePoint,
)
from dosing.models.measured import possible
from dosing.models.orders import (
    BagReturn,
    Handover,
    InfusionOrder,
    OrderState,
    Problem,
    ProductProblem,
    Release,
)
from dosing.models.slots import BlockedDay, InfusionSlot, InfusionUnit, SlotState, WhyBlocked

__all__ = [
    "Asked",
    "BagReturn",
    "BlockedDay",
    "Grade",
    "Handover",
    "Infusion",
    "InfusionOrder",
    "InfusionReaction",
    "InfusionSlot",
    "InfusionUnit",
    "InfusionVitals",
    "Interruption",
    "OrderState",
    "Problem",
    "ProductProblem",
    "Release",
    "Response",
    "SlotState",
    "TimePoint",
    "WhyBlocked",
    "possible",
]
