from outcomes.actions.calls import record_call
from outcomes.actions.ct_reads import read_scan
from outcomes.actions.drafts import discard_form_draft, keep_form_draft, take_over_form_draft
from outcomes.actions.entries import amend_entry, record_entry
from outcomes.actions.guesses import record_guess
from outcomes.actions.lab_files import take_over_laboratory_file
from outcomes.actions.laboratory import judge_result, set_reference_range
from outcomes.actions.safety import (
    amend_adverse_event,
    assess_susar,
    record_adverse_event,
    report_serious_event,
)
from outcomes.actions.visits import amend_visit_form, correct_visit_date, record_visit_form

__all__ = [
    "amend_adverse_event",
    "amend_entry",
    "amend_visit_form",
    "assess_susar",
    "correct_visit_date",
    "discard_form_draft",
    "judge_result",
    "keep_form_draft",
    "read_scan",
    "record_adverse_event",
    "record_call",
    "record_entry",
    "record_guess",
    "record_visit_form",
    "report_serious_event",
    "set_reference_range",
    "take_over_form_draft",
    "take_over_laboratory_file",
]
