from outcomes.forms.ct_reads import EndpointReadForm
from outcomes.forms.entries import ENTRIES, DailyForm, EntryForm
from outcomes.forms.guesses import GuessForm
from outcomes.forms.lab_files import LaboratoryFileForm, TakeOverForm
from outcomes.forms.laboratory import JudgementForm, RangeForm, result_choices
from outcomes.forms.reminders import CallForm, RemindersForm
from outcomes.forms.safety import AdverseEventForm, SafetyReportForm, SusarForm
from outcomes.forms.visits import SECTIONS, VisitDateForm, VisitSection

__all__ = [
    "ENTRIES",
    "SECTIONS",
    "AdverseEventForm",
    "CallForm",
    "DailyForm",
    "EndpointReadForm",
    "EntryForm",
    "GuessForm",
    "JudgementForm",
    "LaboratoryFileForm",
    "RangeForm",
    "RemindersForm",
    "SafetyReportForm",
    "SusarForm",
    "TakeOverForm",
    "VisitDateForm",
    "VisitSection",
    "result_choices",
]
