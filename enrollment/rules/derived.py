"""Values that follow from the facts and are never typed: age, body mass index, window, day of the dose."""

from datetime import date
from decimal import Decimal

from enrollment.rules.answers import Answer, Sex, TestResult
from enrollment.rules.days import completed_years
from enrollment.rules.facts import Facts
from enrollment.rules.logic import Outcome, yes
from enrollment.rules.window import Window, infusion_window
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Anchor

SQUARE_CENTIMETRES = 10_000
SYMPTOMS = (
    "symptom_fever",
    "symptom_cough",
    "symptom_tachypnoea",
    "symptom_sore_throat",
    "symptom_fatigue",
    "symptom_taste_smell_loss",
    "symptom_diarrhoea",
    "symptom_other",
)
SAMPLES = (
    "pcr_result",
    "pcr_sample_date",
    "antigen_result",
    "antigen_sample_date",
    "culture_result",
    "culture_sample_date",
)
ONSET_FACTS = ("symptom_onset_date", "manifestations_confirmed", *SYMPTOMS, *SAMPLES)


def age(facts: Facts, anchor: Anchor, on: date) -> int | None:
    """Completed years at consent, or on the day of the assessment where randomization is the anchor."""
    at = facts.consent_date if anchor is Anchor.CONSENT else on
    if facts.birth_date is None or at is None or at < facts.birth_date:
        return None
    return completed_years(facts.birth_date, at)


def bmi(facts: Facts) -> Decimal | None:
    """Body mass index in kg/m², unrounded."""
    if facts.height_cm is None or facts.weight_kg is None:
        return None
    return facts.weight_kg * SQUARE_CENTIMETRES / (facts.height_cm * facts.height_cm)


def first_positive_date(facts: Facts) -> date | None:
    """The earliest dated positive sample of nucleic acid, antigen or culture."""
    samples = (
        (facts.pcr_result, facts.pcr_sample_date),
        (facts.antigen_result, facts.antigen_sample_date),
        (facts.culture_result, facts.culture_sample_date),
    )
    dates = [sampled for result, sampled in samples if result is TestResult.POSITIVE and sampled]
    return min(dates, default=None)


def symptom(facts: Facts, name: str) -> Outcome:
    """Is this manifestation present? Another one counts only when it is said which."""
    answer = yes(getattr(facts, name))
    if name == "symptom_other" and answer is Outcome.MET and not facts.symptom_other_text:
        return Outcome.CANNOT_DETERMINE
    return answer


def never_had_symptoms(facts: Facts, protocol: Protocol) -> bool:
    symptoms = (getattr(facts, name) for name in protocol.manifestations.symptoms)
    return facts.manifestations_confirmed is Answer.NO and all(answer is Answer.NO for answer in symptoms)


def onset_date(facts: Facts, protocol: Protocol) -> date | None:
    """Symptom onset; the first positive sample only if there never were symptoms (entry 13)."""
    if facts.symptom_onset_date is None and never_had_symptoms(facts, protocol):
        return first_positive_date(facts)
    return facts.symptom_onset_date


def window_of(facts: Facts, protocol: Protocol) -> Window | None:
    """The participant's infusion window; None as long as its anchor is unknown."""
    by_sample = protocol.window.anchor is Anchor.FIRST_POSITIVE
    anchor = first_positive_date(facts) if by_sample else onset_date(facts, protocol)
    return None if anchor is None else infusion_window(anchor, protocol)


def dose_date(facts: Facts, protocol: Protocol, on: date) -> date:
    """The planned infusion, else the first day on which it could be given; never before `on`."""
    window = window_of(facts, protocol)
    earliest = window.first if window else on
    return max(facts.planned_infusion_date or earliest, on)


def childbearing(facts: Facts, protocol: Protocol, on: date) -> Answer:
    """Could this participant be pregnant? By sex, by the clinician's answer, else by age (entry 12)."""
    limits = protocol.pregnancy
    if facts.sex is Sex.MALE:
        return Answer.NO
    if facts.childbearing_potential in (Answer.YES, Answer.NO):
        return facts.childbearing_potential
    years = age(facts, Anchor.RANDOMIZATION, on)
    fertile_ages = range(limits.childbearing_age_minimum, limits.childbearing_age_maximum + 1)
    return Answer.UNKNOWN if years is None or years in fertile_ages else Answer.NO
