from trial_site.monitoring.actions.analysis import assign_analysis_sets, record_data_review
from trial_site.monitoring.actions.audit_reviews import record_audit_review
from trial_site.monitoring.actions.deviations import close_deviation, raise_deviation
from trial_site.monitoring.actions.freezing import freeze, lift, place_lock, unlock_database
from trial_site.monitoring.actions.hiding import hide_text
from trial_site.monitoring.actions.queries import (
    answer_query,
    cancel_query,
    close_query,
    close_settled,
    open_query,
    reopen_query,
)
from trial_site.monitoring.actions.signatures import sign, sign_reviewed
from trial_site.monitoring.actions.verification import take_back, verify
from trial_site.monitoring.actions.visits import record_monitoring_visit

__all__ = [
    "answer_query",
    "assign_analysis_sets",
    "cancel_query",
    "close_deviation",
    "close_query",
    "close_settled",
    "freeze",
    "hide_text",
    "lift",
    "open_query",
    "place_lock",
    "raise_deviation",
    "record_audit_review",
    "record_data_review",
    "record_monitoring_visit",
    "reopen_query",
    "sign",
    "sign_reviewed",
    "take_back",
    "unlock_database",
    "verify",
]
