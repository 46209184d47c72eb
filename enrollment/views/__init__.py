from enrollment.views.eligibility import eligibility, screen_failure
from enrollment.views.participants import consent, declined, log, withdrawal
from enrollment.views.screening import screening, verdict

__all__ = [
    "consent",
    "declined",
    "eligibility",
    "log",
    "screen_failure",
    "screening",
    "verdict",
    "withdrawal",
]
