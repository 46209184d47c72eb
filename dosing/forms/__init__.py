from dosing.forms.afterwards import PastInfusionForm
from dosing.forms.bedside import HandoverForm, InterruptForm, ProblemForm, ResumeForm, StartForm, StopForm
from dosing.forms.orders import FailForm, OrderForm, PreparationForm
from dosing.forms.returns import ReturnForm
from dosing.forms.slots import (
    BlockDayForm,
    CancelSlotForm,
    MoveSlotForm,
    OpenDayForm,
    SlotForm,
    UnitForm,
)
from dosing.forms.vitals import ReactionForm, VitalsForm

__all__ = [
    "BlockDayForm",
    "CancelSlotForm",
    "FailForm",
    "HandoverForm",
    "InterruptForm",
    "MoveSlotForm",
    "OpenDayForm",
    "OrderForm",
    "PastInfusionForm",
    "PreparationForm",
    "ProblemForm",
    "ReactionForm",
    "ResumeForm",
    "ReturnForm",
    "SlotForm",
    "StartForm",
    "StopForm",
    "UnitForm",
    "VitalsForm",
]
