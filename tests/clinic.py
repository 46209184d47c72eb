"""A day at the clinic: a suitable man, and the steps of his enrollment one call each, all at NOW."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from enrollment import actions
from enrollment.models import Consent, EligibilityAssessment, Subject
from enrollment.selectors import consent_versions_for
from tests.cast import FOUNDED

NOW = (FOUNDED + timedelta(days=200)).replace(hour=4, minute=0)  # noon in Shanghai
TODAY = NOW.date()
VALUES: dict[str, Any] = {
    "birth_date": TODAY.replace(year=TODAY.year - 70),
    "sex": "male",
    "symptom_onset_date": TODAY - timedelta(days=11),
    "onset_estimated": "no",
    "pcr_result": "positive",
    "pcr_sample_date": TODAY - timedelta(days=9),
    "symptom_fever": "yes",
    "symptom_cough": "yes",
    "manifestations_confirmed": "yes",
    "vital_signs_date": TODAY,
    "vital_signs_time": time(12),
    "height_cm": Decimal("170.0"),
    "weight_kg": Decimal("70.5"),
    "respiratory_rate": 20,
    "spo2_percent": 95,
    "oxygen_device": "none",
    "blood_gas": "not_indicated",
    "mechanical_ventilation": "no",
    "shock": "no",
    "organ_failure_icu": "no",
    "imaging_modality": "ct",
    "imaging_date": TODAY,
    "imaging_time": time(12),
    "imaging_pneumonia": "yes",
    "imaging_read_by": "radiology",
    "lesion_progression": "no",
    "symptoms_worsening": "no",
    "tumour": "none",
    "precancer": "none",
    "myocardial_infarction": "none",
    "cerebral_infarction": "none",
    "mental_illness": "no",
    "addiction": "no",
    "poor_compliance": "no",
    "unsuitable_for_cells": "no",
    "active_tuberculosis": "no",
    "influenza_result": "negative",
    "adenovirus_result": "negative",
    "other_virus_result": "negative",
    "other_trial": "none",
}


def log(cast, *, by=None, site=None, on=TODAY) -> Subject:
    return actions.log_person_seen(site or cast.site, on=on, by=(by or cast.coordinator).actor(NOW), at=NOW)


def consent(cast, subject: Subject, **changes: Any) -> Consent:
    values = {
        "consent_version": consent_versions_for(subject.site, on=TODAY).first(),
        "given_at": NOW - timedelta(minutes=30),
        "obtained_by": cast.investigator.staff,
        "copy_given": True,
    }
    return actions.record_consent(subject, **values | changes, by=cast.coordinator.actor(NOW), at=NOW)


def consented(cast) -> Subject:
    subject = log(cast)
    consent(cast, subject)
    return subject


def screened(cast, **changes: Any) -> Subject:
    subject = consented(cast)
    actions.record_screening(subject, values=VALUES | changes, by=cast.coordinator.actor(NOW), at=NOW)
    return subject


def sign(cast, subject: Subject, *, by=None, password: str = "", at=NOW) -> EligibilityAssessment:
    return actions.sign_eligibility(
        subject, password=password or cast.password, by=(by or cast.investigator).actor(at), at=at
    )


def eligible(cast, **changes: Any) -> Subject:
    subject = screened(cast, **changes)
    sign(cast, subject)
    return subject
