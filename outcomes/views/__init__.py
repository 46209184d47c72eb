from outcomes.views.entries import daily_status, entries, entry, other_forms
from outcomes.views.guesses import guess
from outcomes.views.laboratory import ranges, results
from outcomes.views.reminders import reminders, resend
from outcomes.views.safety import adverse_event, safety, serious_event, serious_event_pdf, susar
from outcomes.views.visits import check, visit, visit_date

__all__ = [
    "adverse_event",
    "check",
    "daily_status",
    "entries",
    "entry",
    "guess",
    "other_forms",
    "ranges",
    "reminders",
    "resend",
    "results",
    "safety",
    "serious_event",
    "serious_event_pdf",
    "susar",
    "visit",
    "visit_date",
]
