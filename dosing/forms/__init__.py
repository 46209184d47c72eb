from dosing.forms.bedside import StartForm, StopForm, VitalsForm
from dosing.forms.orders import OrderForm, PreparationForm
from dosing.forms.slots import (
    BlockDayForm,
    CancelSlotForm,
    MoveSlotForm,
    OpenDayForm,
    SlotForm,
    UnitForm,
)

__all__ = [
    "BlockDayForm",
    "CancelSlotForm",
    "MoveSlotForm",
    "OpenDayForm",
    "OrderForm",
    "PreparationForm",
    "SlotForm",
    "StartForm",
    "StopForm",
    "UnitForm",
    "VitalsForm",
]
