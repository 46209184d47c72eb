"""The nine exclusions. Met means that the exclusion does not apply."""

from datetime import date
from functools import cache

from enrollment.rules.answers import (
    Answer,
    ConsentBy,
    Infarction,
    OtherTrial,
    Precancer,
    Sex,
    TestResult,
    Tumour,
)
from enrollment.rules.days import add_days, add_months, days_between
from enrollment.rules.derived import ONSET_FACTS, childbearing, dose_date
from enrollment.rules.facts import LABELS, Facts
from enrollment.rules.finding import (
    ANSWERED,
    Finding,
    absent,
    criterion,
    dated_after,
    decided,
    inexact,
    must_be_no,
    must_be_yes,
    not_recorded,
    open_question,
    worst,
)
from enrollment.rules.partial import PartialDate
from enrollment.rules.wording import Choice, Message, _
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Anchor

DOSE_DATE_FACTS = ("planned_infusion_date", *ONSET_FACTS)
VIRUSES = ("influenza_result", "adenovirus_result", "other_virus_result")


@criterion("EX01", "tumour", "precancer")
def no_tumour(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No tumour of any kind, past or present; no precancerous lesion confirmed by pathology (entry 10)."""
    return worst(_tumour(facts, protocol), _precancer(facts))


def _tumour(facts: Facts, protocol: Protocol) -> Finding:
    if facts.tumour in (None, Tumour.UNKNOWN):
        return not_recorded("tumour")
    return _says(facts, "tumour", facts.tumour not in protocol.exclusion.tumours)


def _precancer(facts: Facts) -> Finding:
    if facts.precancer in (None, Precancer.UNKNOWN):
        return not_recorded("precancer")
    return _says(facts, "precancer", facts.precancer is not Precancer.CONFIRMED)


def _says(facts: Facts, name: str, holds: bool) -> Finding:
    return _said(name, getattr(facts, name), holds)


@cache
def _said(name: str, answer: Choice, holds: bool) -> Finding:
    return decided(holds, Message(ANSWERED, {"question": Message(LABELS[name]), "answer": answer}), answer)


@criterion(
    "EX02",
    "myocardial_infarction",
    "myocardial_infarction_date",
    "cerebral_infarction",
    "cerebral_infarction_date",
    "consent_date",
    *DOSE_DATE_FACTS,
)
def no_active_infarction(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No infarction of heart or brain that is ongoing or began within 28 days before the dose (entry 24)."""
    return worst(
        _infarction(facts, protocol, on, "myocardial_infarction"),
        _infarction(facts, protocol, on, "cerebral_infarction"),
    )


def _infarction(facts: Facts, protocol: Protocol, on: date, name: str) -> Finding:
    kind, happened = getattr(facts, name), getattr(facts, f"{name}_date")
    if kind in (None, Infarction.UNKNOWN):
        return not_recorded(name)
    if kind is not Infarction.PAST:
        return _says(facts, name, kind is Infarction.NONE)
    if happened is None:
        return not_recorded(f"{name}_date")
    if happened.first > on:
        return dated_after(f"{name}_date", happened.first)
    return _long_ago(facts, protocol, on, happened)


def _long_ago(facts: Facts, protocol: Protocol, on: date, happened: PartialDate) -> Finding:
    """Of a partial date every day it may mean must say the same."""
    by_dose = protocol.exclusion.infarction_anchor is Anchor.INFUSION
    until = dose_date(facts, protocol, on) if by_dose else facts.consent_date
    if until is None:
        return not_recorded("consent_date")
    limit = protocol.exclusion.infarction_days
    most, least = (days_between(day, until) for day in (happened.first, min(happened.last, on)))
    if least <= limit < most:
        return inexact(happened)
    reason = Message(
        _("%(days)s days before; more than %(limit)s required."), {"days": least, "limit": limit}
    )
    return decided(least > limit, reason, happened, happened.day)


@criterion(
    "EX03",
    "pregnant",
    "lactating",
    "pregnancy_test_result",
    "pregnancy_test_date",
    "childbearing_potential",
    "sex",
    "birth_date",
    *DOSE_DATE_FACTS,
)
def neither_pregnant_nor_lactating(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Not pregnant, not lactating; test negative within 72 hours before the dose if she could be (entry 12)."""
    for name in ("pregnant", "lactating"):
        if getattr(facts, name) is Answer.YES:
            return must_be_no(facts, name)
    if facts.pregnancy_test_result is TestResult.POSITIVE:
        return _says(facts, "pregnancy_test_result", False)
    if childbearing(facts, protocol, on) is Answer.NO:
        male = facts.sex is Sex.MALE
        return decided(True, Message(_("Not applicable: male.") if male else _("No childbearing potential.")))
    return _tested(facts, protocol, on)


def _tested(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """A negative test settles it even while childbearing potential is unknown."""
    result, sampled = facts.pregnancy_test_result, facts.pregnancy_test_date
    missing = absent(facts, "sex", "pregnant", "lactating", "pregnancy_test_result", "pregnancy_test_date")
    if sampled is None or missing:
        return not_recorded(*missing)
    if result is not TestResult.NEGATIVE:
        return open_question(Message(_("A negative pregnancy test is needed.")), result, sampled)
    if sampled > on:
        return dated_after("pregnancy_test_date", sampled)
    hours = protocol.pregnancy.test_max_hours
    last, dose = add_days(sampled, hours // 24), dose_date(facts, protocol, on)
    told = {"date": sampled, "dose": dose, "hours": hours}
    if dose > last:
        stale = _("Sampled on %(date)s, more than %(hours)s hours before the dose of %(dose)s.")
        return open_question(Message(stale, told), result, sampled)
    return decided(True, Message(_("Test of %(date)s negative."), told), result, sampled, last)


@criterion("EX04", "mental_illness", "judgement_reason")
def no_uncontrolled_mental_illness(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No poorly controlled mental illness, in the investigator's judgement (entry 27)."""
    return _judged(facts, "mental_illness")


@criterion("EX05", "addiction", "judgement_reason")
def no_addiction(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No addiction to alcohol or drugs (entry 27)."""
    return _judged(facts, "addiction")


@criterion("EX06", "poor_compliance", "consent_by", "judgement_reason")
def own_consent_and_compliance(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Able and willing to sign in person, and compliance is expected (entry 27)."""
    return worst(_own_consent(facts, protocol), _judged(facts, "poor_compliance"))


def _own_consent(facts: Facts, protocol: Protocol) -> Finding:
    if facts.consent_by is None:
        return not_recorded("consent_by")
    allowed = protocol.exclusion.legal_representative_allowed
    return _says(facts, "consent_by", allowed or facts.consent_by is ConsentBy.PARTICIPANT)


def _judged(facts: Facts, name: str) -> Finding:
    finding = must_be_no(facts, name)
    if not facts.judgement_reason or finding.value is None:
        return finding
    told = {"finding": finding.reason, "reason": facts.judgement_reason}
    return finding._replace(reason=Message(_("%(finding)s %(reason)s"), told))


@criterion("EX07", "active_tuberculosis", *VIRUSES, "untested_virus_note")
def no_other_infection(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No active tuberculosis and no acute respiratory virus other than SARS-CoV-2 (entry 25)."""
    viruses = (_virus(facts, protocol, name) for name in VIRUSES)
    return worst(must_be_no(facts, "active_tuberculosis"), *viruses)


def _virus(facts: Facts, protocol: Protocol, name: str) -> Finding:
    result = getattr(facts, name)
    if result is None:
        return not_recorded(name)
    if result in (TestResult.POSITIVE, TestResult.NEGATIVE):
        return _says(facts, name, result is TestResult.NEGATIVE)
    if result is TestResult.NOT_DONE and name not in protocol.exclusion.required_virus_tests:
        return _untested(facts, name)
    told = {"question": Message(LABELS[name]), "answer": result}
    return open_question(Message(ANSWERED, told), result)


def _untested(facts: Facts, name: str) -> Finding:
    if not facts.untested_virus_note:
        return not_recorded("untested_virus_note")
    told = {"virus": Message(LABELS[name]), "note": facts.untested_virus_note}
    return decided(True, Message(_("%(virus)s: not tested. %(note)s"), told), getattr(facts, name))


@criterion("EX08", "unsuitable_for_cells", "judgement_reason")
def suitable_for_cells(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No clinician deems the participant unsuitable for stem cell therapy (entry 27)."""
    return _judged(facts, "unsuitable_for_cells")


@criterion("EX09", "other_trial", "other_trial_last_date", "other_trial_accepted", "consent_date")
def no_other_trial(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """No intervention of another trial within the 3 calendar months before consent (entry 28)."""
    if facts.other_trial in (None, OtherTrial.UNKNOWN):
        return not_recorded("other_trial")
    if facts.other_trial is OtherTrial.NONE:
        return _says(facts, "other_trial", holds=True)
    by_consent = protocol.exclusion.other_trial_anchor is Anchor.CONSENT
    anchor = facts.consent_date if by_consent else on
    if anchor is None or facts.other_trial_last_date is None:
        return not_recorded(
            *absent(facts, "other_trial_last_date", *(["consent_date"] if by_consent else []))
        )
    return _washed_out(facts, protocol, anchor, facts.other_trial_last_date)


def _washed_out(facts: Facts, protocol: Protocol, anchor: date, last: PartialDate) -> Finding:
    months = protocol.exclusion.other_trial_months
    earliest, free_from = add_months(last.first, months), add_months(last.last, months)
    if earliest <= anchor < free_from:
        return inexact(last)
    if anchor >= free_from and facts.other_trial is OtherTrial.IN_FOLLOW_UP:
        return must_be_yes(facts, "other_trial_accepted")
    reason = Message(
        _("Last intervention on %(last)s; free from %(free)s on."), {"last": last, "free": free_from}
    )
    return decided(anchor >= free_from, reason, last, last.day)
