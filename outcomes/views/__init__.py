from outcomes.views.ct_reads import ct_reads, read_ct
from outcomes.views.drafts import discard_draft, keep_draft, take_over_draft
from outcomes.views.entries import daily_status, entries, entry, other_forms
from outcomes.views.guesses import guess
from outcomes.views.lab_files import laboratory_file
from outcomes.views.laboratory import ranges, results
from outcomes.views.reminders import calls, my_reminders, reminders, resend
from outcomes.views.safety import adverse_event, safety, serious_event, serious_event_pdf, susar
from outcomes.views.visits import check, discard, take_over, visit, visit_date

__all__ = [
    "adverse_event",
    "calls",
    "check",
    "ct_reads",
    "daily_status",
    "discard",
    "discard_draft",
    "entries",
    "entry",
    "guess",
    "keep_draft",
    "laboratory_file",
    "my_reminders",
    "other_forms",
    "ranges",
    "read_ct",
    "reminders",
    "resend",
    "results",
    "safety",
    "serious_event",
    "serious_event_pdf",
    "susar",
    "take_over",
    "take_over_draft",
    "visit",
    "visit_date",
]
