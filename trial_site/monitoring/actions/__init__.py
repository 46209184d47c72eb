from trial_site.monitoring.actions.deviations import close_deviation, raise_deviation
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
    "open_query",
    "raise_deviation",
    "reopen_query",
    "sign",
]
