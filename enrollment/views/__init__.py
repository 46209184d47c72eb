from enrollment.views.eligibility import eligibility, screen_failure
from enrollment.views.endings import contacts, ending, take_back_ending
from enrollment.views.participants import consent, declined, log, withdrawal
from enrollment.views.screening import screening, verdict

__all__ = [
    "consent",
    "contacts",
    "declined",
    "eligibility",
    "ending",
    "log",
    "screen_failure",
    "screening",
    "take_back_ending",
    "verdict",
    "withdrawal",
]
