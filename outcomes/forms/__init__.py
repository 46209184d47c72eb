from outcomes.forms.entries import ENTRIES, DailyForm, EntryForm
from outcomes.forms.guesses import GuessForm
from outcomes.forms.laboratory import JudgementForm, RangeForm, result_choices
from outcomes.forms.safety import AdverseEventForm, SafetyReportForm, SusarForm
from outcomes.forms.visits import SECTIONS, VisitDateForm, VisitSection

__all__ = [
    "ENTRIES",
    "SECTIONS",
    "AdverseEventForm",
    "DailyForm",
    "EntryForm",
    "GuessForm",
    "JudgementForm",
    "RangeForm",
    "SafetyReportForm",
    "SusarForm",
    "VisitDateForm",
    "VisitSection",
    "result_choices",
]
