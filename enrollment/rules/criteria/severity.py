"""Severe and critical by the cited classification: every item is asked and none may hold (entry 30)."""

from datetime import date

from enrollment.rules.answers import Answer, BloodGas, OxygenDevice, Progression
from enrollment.rules.criteria.moderate import saturation
from enrollment.rules.facts import Facts
from enrollment.rules.finding import (
    Finding,
    absent,
    criterion,
    decided,
    must_be_no,
    not_recorded,
    open_question,
    within,
)
from enrollment.rules.logic import Outcome
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Limit


@criterion("IN01b1", "respiratory_rate", "vital_signs_date")
def not_severe_by_respiratory_rate(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Severe: respiratory rate 30/min or more."""
    if facts.respiratory_rate is None:
        return not_recorded("respiratory_rate")
    return _severe_if(protocol.severe.respiratory_rate, facts.respiratory_rate, facts)


@criterion("IN01b2", "spo2_percent", "oxygen_device", "vital_signs_date", "pao2_fio2_mmhg")
def not_severe_by_saturation(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Severe: oxygen saturation at rest on room air 93 % or less (entries 2 and 3)."""
    return saturation(facts, protocol) or _severe_if(protocol.severe.spo2, facts.spo2_percent, facts)


@criterion(
    "IN01b3",
    "pao2_fio2_mmhg",
    "blood_gas",
    "respiratory_rate",
    "spo2_percent",
    "oxygen_device",
    "vital_signs_date",
)
def not_severe_by_blood_gas(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Severe: PaO2/FiO2 300 mmHg or less; not indicated counts as no while breathing is good on room air."""
    if facts.pao2_fio2_mmhg is not None:
        return _severe_if(protocol.severe.pf_ratio, facts.pao2_fio2_mmhg, facts)
    if facts.blood_gas is BloodGas.NOT_INDICATED:
        return _without_blood_gas(facts, protocol)
    if facts.blood_gas is BloodGas.NOT_DONE:
        return open_question(Message(_("Blood gas was indicated but not done.")), facts.blood_gas)
    return not_recorded("pao2_fio2_mmhg" if facts.blood_gas else "blood_gas")


def _without_blood_gas(facts: Facts, protocol: Protocol) -> Finding:
    if missing := absent(facts, "respiratory_rate", "spo2_percent", "oxygen_device"):
        return not_recorded(*missing)
    breathes_well = (
        facts.oxygen_device is OxygenDevice.NONE
        and within(protocol.severe.spo2, facts.spo2_percent) is Outcome.NOT_MET
        and within(protocol.severe.respiratory_rate, facts.respiratory_rate) is Outcome.NOT_MET
    )
    if breathes_well:
        accepted = Message(_("Blood gas not indicated: counts as no (interpretation 30)."))
        return decided(True, accepted, facts.blood_gas, facts.vital_signs_date)
    return open_question(Message(_("Vital signs like these need a blood gas.")), facts.blood_gas)


@criterion("IN01b4", "lesion_progression", "symptoms_worsening", "imaging_date")
def no_rapid_progression(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Severe: symptoms worsen and lesions grow by more than 50 % in 24 to 48 hours; both, not one."""
    progression, worsening = facts.lesion_progression, facts.symptoms_worsening
    if progression is Progression.NO:
        return decided(True, Message(_("No such growth of lesions.")), progression, facts.imaging_date)
    if progression is Progression.SINGLE_CT:
        stated = Message(_("Single CT: no progression by the investigator's statement (interpretation 30)."))
        return decided(True, stated, progression, facts.imaging_date)
    if worsening is Answer.NO:
        return decided(True, Message(_("Symptoms do not worsen.")), progression, facts.imaging_date)
    if progression is Progression.YES and worsening is Answer.YES:
        both = Message(_("Symptoms worsen and lesions grew by more than half."))
        return decided(False, both, progression, facts.imaging_date)
    return not_recorded(*_progression_missing(facts))


def _progression_missing(facts: Facts) -> tuple[str, ...]:
    growth = () if facts.lesion_progression is Progression.YES else ("lesion_progression",)
    return (*growth, *absent(facts, "symptoms_worsening"))


@criterion("IN01b5", "mechanical_ventilation", "oxygen_device", "vital_signs_date")
def no_mechanical_ventilation(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Critical: respiratory failure needing mechanical ventilation, invasive or not."""
    if facts.oxygen_device in (OxygenDevice.INVASIVE, OxygenDevice.NON_INVASIVE):
        reason = Message(_("Ventilated: %(device)s."), {"device": facts.oxygen_device})
        return decided(False, reason, facts.oxygen_device, facts.vital_signs_date)
    return must_be_no(facts, "mechanical_ventilation")


@criterion("IN01b6", "shock")
def no_shock(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Critical: shock."""
    return must_be_no(facts, "shock")


@criterion("IN01b7", "organ_failure_icu")
def no_other_organ_failure(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Critical: failure of another organ needing intensive care."""
    return must_be_no(facts, "organ_failure_icu")


def _severe_if(limit: Limit, value: object, facts: Facts) -> Finding:
    reason = Message(_("%(value)s; severe when %(limit)s."), {"value": value, "limit": str(limit)})
    return decided(within(limit, value) is Outcome.NOT_MET, reason, value, facts.vital_signs_date)
