"""Risk factors for severe or critical disease, of which one usable one is enough."""

from datetime import date

from enrollment.rules.answers import Answer, Sex, Smoking, TestResult, Tumour
from enrollment.rules.days import add_days, days_between
from enrollment.rules.derived import age, bmi, childbearing
from enrollment.rules.facts import LABELS, Facts
from enrollment.rules.finding import (
    ANSWERED,
    Finding,
    absent,
    criterion,
    dated_after,
    decided,
    must_be_yes,
    not_recorded,
    open_question,
    within,
    worst,
)
from enrollment.rules.logic import Outcome, all_of, any_of, yes
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol

DISEASES = ("disease_cardiovascular", "disease_lung", "disease_diabetes", "disease_liver", "disease_kidney")
NO_TUMOUR = (Tumour.NONE, Tumour.UNKNOWN, None)


@criterion("IN05a", "birth_date", "consent_date", "vaccine_doses", "last_vaccine_date")
def older_than_65(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Over 65, that is 66 completed years and more; vaccination is recorded, no condition (entries 7 and 8)."""
    limits = protocol.risk
    years = age(facts, limits.age_anchor, on)
    if years is None:
        return not_recorded(*(absent(facts, "birth_date", "consent_date") or ("birth_date",)))
    told = {"age": years, "limit": str(limits.age)}
    reason = Message(_("%(age)s completed years; required %(limit)s."), told)
    old = decided(limits.age.holds(years), reason, years, facts.birth_date)
    if limits.age_needs_incomplete_vaccination:
        return worst(old, _incompletely_vaccinated(facts, protocol))
    return old


def _incompletely_vaccinated(facts: Facts, protocol: Protocol) -> Finding:
    if facts.vaccine_doses is None:
        return not_recorded("vaccine_doses")
    reason = Message(_("Vaccine doses: %(doses)s."), {"doses": facts.vaccine_doses})
    enough = facts.vaccine_doses >= protocol.risk.complete_vaccination_doses
    last = facts.last_vaccine_date
    return decided(not enough, reason, facts.vaccine_doses, last.day if last else None)


@criterion("IN05b", *DISEASES, "disease_other", "disease_other_text", "disease_other_accepted", "tumour")
def underlying_disease(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """A chronic disease of the list, or another one the investigator accepts; never a tumour (entries 9, 21)."""
    answers = {name: _disease(facts, name) for name in protocol.risk.underlying_diseases}
    outcome = any_of(answers.values())
    if outcome is Outcome.MET:
        present = tuple(Message(LABELS[name]) for name, answer in answers.items() if answer is Outcome.MET)
        return decided(True, Message(_("Present: %(present)s."), {"present": present}), present)
    if outcome is Outcome.CANNOT_DETERMINE:
        undecided = [name for name, answer in answers.items() if answer is Outcome.CANNOT_DETERMINE]
        return not_recorded(*(missing for name in undecided for missing in _missing(facts, name)))
    if facts.tumour not in NO_TUMOUR:
        return decided(
            False, Message(_("A tumour excludes and never counts as the risk factor (interpretation 9)."))
        )
    return decided(False, Message(_("None.")))


def _disease(facts: Facts, name: str) -> Outcome:
    """Another disease counts when it is named and the investigator has accepted it."""
    answer = yes(getattr(facts, name))
    if name != "disease_other" or answer is not Outcome.MET:
        return answer
    named = Outcome.MET if facts.disease_other_text else Outcome.CANNOT_DETERMINE
    return all_of([named, yes(facts.disease_other_accepted)])


def _missing(facts: Facts, name: str) -> tuple[str, ...]:
    return absent(facts, name) or absent(facts, "disease_other_text", "disease_other_accepted")


@criterion("IN05c", "immune_deficiency")
def immune_deficiency(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Immune deficiency, immunosuppressive treatment included (entry 26)."""
    if not protocol.risk.immune_deficiency_qualifies:
        return decided(
            False, Message(_("Does not count in this version of the protocol.")), facts.immune_deficiency
        )
    return must_be_yes(facts, "immune_deficiency")


@criterion("IN05d", "height_cm", "weight_kg", "vital_signs_date")
def obese(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Body mass index 30 or more, compared unrounded (entry 23)."""
    limits, index = protocol.risk, bmi(facts)
    if index is None:
        return not_recorded(*absent(facts, "height_cm", "weight_kg"))
    compared = index if limits.bmi_decimals is None else round(index, limits.bmi_decimals)
    told = {"bmi": round(index, 2), "limit": str(limits.bmi)}
    reason = Message(_("Body mass index %(bmi)s kg/m²; required %(limit)s."), told)
    return decided(limits.bmi.holds(compared), reason, index, facts.vital_signs_date)


@criterion(
    "IN05e",
    "recent_delivery",
    "delivery_date",
    "lactating",
    "pregnant",
    "pregnancy_test_result",
    "childbearing_potential",
    "sex",
    "birth_date",
)
def after_birth(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Perinatal without breaking the exclusion: after birth, test negative, not lactating (entry 11)."""
    if facts.recent_delivery is Answer.NO or _could_not_have_given_birth(facts, protocol, on):
        return decided(False, Message(_("Did not give birth recently.")))
    if Answer.YES in (facts.pregnant, facts.lactating) or facts.pregnancy_test_result is TestResult.POSITIVE:
        return decided(
            False, Message(_("Pregnancy and lactation exclude and never count as the risk factor."))
        )
    missing = absent(facts, "recent_delivery", "delivery_date", "lactating", "pregnancy_test_result")
    if facts.delivery_date is None or missing:
        return not_recorded(*missing)
    if facts.pregnancy_test_result is not TestResult.NEGATIVE:
        return open_question(Message(_("A negative pregnancy test is needed.")), facts.pregnancy_test_result)
    return _recent(facts.delivery_date, protocol.risk.perinatal_days, on)


def _could_not_have_given_birth(facts: Facts, protocol: Protocol, on: date) -> bool:
    unasked = facts.recent_delivery in (None, Answer.UNKNOWN)
    return facts.sex is Sex.MALE or (unasked and childbearing(facts, protocol, on) is Answer.NO)


def _recent(delivered: date, limit: int, on: date) -> Finding:
    if delivered > on:
        return dated_after("delivery_date", delivered)
    told = {"days": days_between(delivered, on), "limit": limit}
    reason = Message(_("Gave birth %(days)s days ago; at most %(limit)s count."), told)
    return decided(told["days"] <= limit, reason, delivered, delivered, add_days(delivered, limit))


@criterion("IN05f", "smoking_status", "cigarettes_per_day", "pack_years")
def heavy_smoker(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Smokes now, 20 or more cigarettes a day or 20 or more pack-years (entry 22)."""
    status, limits = facts.smoking_status, protocol.risk
    if status in (None, Smoking.UNKNOWN):
        return not_recorded("smoking_status")
    if status not in limits.smokers:
        return decided(
            False, Message(ANSWERED, {"question": Message(LABELS["smoking_status"]), "answer": status})
        )
    heavy = any_of(
        [
            within(limits.cigarettes_per_day, facts.cigarettes_per_day),
            within(limits.pack_years, facts.pack_years),
        ]
    )
    if heavy is Outcome.CANNOT_DETERMINE:
        return not_recorded(*absent(facts, "cigarettes_per_day", "pack_years"))
    smoked = {"daily": _or_dash(facts.cigarettes_per_day), "years": _or_dash(facts.pack_years)}
    reason = Message(_("Cigarettes per day: %(daily)s; pack-years: %(years)s."), smoked)
    return decided(heavy is Outcome.MET, reason, status)


def _or_dash(number: object) -> object:
    return "–" if number is None else number
