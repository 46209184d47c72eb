from enrollment.views.eligibility import eligibility, screen_failure, unsign
from enrollment.views.endings import contacts, ending, take_back_ending
from enrollment.views.identities import email_contact, identity, show_identity
from enrollment.views.participants import consent, declined, log, rescreen, withdrawal
from enrollment.views.screening import discard, screening, take_over, verdict
from enrollment.views.versions import approve_consent, approve_protocol, versions

__all__ = [
    "approve_consent",
    "approve_protocol",
    "consent",
    "contacts",
    "declined",
    "discard",
    "eligibility",
    "email_contact",
    "ending",
    "identity",
    "log",
    "rescreen",
    "screen_failure",
    "screening",
    "show_identity",
    "take_back_ending",
    "take_over",
    "unsign",
    "verdict",
    "versions",
    "withdrawal",
]
