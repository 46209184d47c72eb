from enrollment.actions.consent import approve_consent_version, record_consent
from enrollment.actions.corrections import correct_screening, unsign_eligibility
from enrollment.actions.drafts import Typed, discard_draft, keep_draft, take_over_draft
from enrollment.actions.eligibility import record_screen_failure, sign_eligibility
from enrollment.actions.endings import record_contact_attempt, record_ending, take_back_ending
from enrollment.actions.identities import (
    address_in,
    identity_in,
    open_identity,
    record_email_contact,
    record_identity,
)
from enrollment.actions.screening import amend_screening, record_screening
from enrollment.actions.subjects import (
    log_person_seen,
    log_rescreening,
    mark_randomized,
    plan_infusion,
    record_declined,
    record_withdrawal,
)
from enrollment.actions.versions import approve_protocol_version

__all__ = [
    "Typed",
    "address_in",
    "amend_screening",
    "approve_consent_version",
    "approve_protocol_version",
    "correct_screening",
    "discard_draft",
    "identity_in",
    "keep_draft",
    "log_person_seen",
    "log_rescreening",
    "mark_randomized",
    "open_identity",
    "plan_infusion",
    "record_consent",
    "record_contact_attempt",
    "record_declined",
    "record_email_contact",
    "record_ending",
    "record_identity",
    "record_screen_failure",
    "record_screening",
    "record_withdrawal",
    "sign_eligibility",
    "take_back_ending",
    "take_over_draft",
    "unsign_eligibility",
]
