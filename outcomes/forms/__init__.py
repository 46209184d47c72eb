from outcomes.forms.entries import ENTRIES, DailyForm, EntryForm
from outcomes.forms.safety import AdverseEventForm
from outcomes.forms.visits import SECTIONS, VisitDateForm, VisitSection

__all__ = [
    "ENTRIES",
    "SECTIONS",
    "AdverseEventForm",
    "DailyForm",
    "EntryForm",
    "VisitDateForm",
    "VisitSection",
]
