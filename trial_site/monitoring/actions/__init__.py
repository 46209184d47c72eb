from trial_site.monitoring.actions.deviations import close_deviation, raise_deviation
from trial_site.monitoring.actions.freezing import freeze, lift, place_lock, unlock_database
from trial_site.monitoring.actions.queries import (
    answer_query,
    cancel_query,
    close_query,
    open_query,
    reopen_query,
)
from trial_site.monitoring.actions.signatures import sign

__all__ = [
    "answer_query",
    "cancel_query",
    "close_deviation",
    "close_query",
    "freeze",
    "lift",
    "open_query",
    "place_lock",
    "raise_deviation",
    "reopen_query",
    "sign",
    "unlock_database",
]
