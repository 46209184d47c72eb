"""The signs by which the registry knows a moderate case."""

from datetime import date

from enrollment.rules.answers import Answer, OxygenDevice
from enrollment.rules.days import add_days, days_between
from enrollment.rules.derived import symptom
from enrollment.rules.facts import LABELS, Facts
from enrollment.rules.finding import (
    ANSWERED,
    Finding,
    absent,
    criterion,
    dated_after,
    decided,
    not_recorded,
    open_question,
    within,
)
from enrollment.rules.logic import Outcome, all_of, any_of
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Joined, Limit, OnOxygen

SIGNS = ("symptom_cough", "symptom_tachypnoea", "symptom_other")
FEVER = ("highest_temperature_c", "high_fever_days")


@criterion("IN04a", *FEVER, *SIGNS, "symptom_other_text", "temperature_site", "symptom_onset_date")
def fever_cough_or_tachypnoea(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """High fever for more than 3 days or (and) cough, tachypnoea etc. (entry 17)."""
    moderate = protocol.moderate
    fever = all_of(
        [
            within(moderate.fever_temperature, facts.highest_temperature_c),
            within(moderate.fever_days, facts.high_fever_days),
        ]
    )
    signs = {name: symptom(facts, name) for name in SIGNS}
    joined = any_of if moderate.fever_joined_by is Joined.OR else all_of
    outcome = joined([fever, any_of(signs.values())])
    present = tuple(Message(LABELS[name]) for name, sign in signs.items() if sign is Outcome.MET)
    if fever is Outcome.MET:
        present = (_fever(facts), *present)
    if outcome is Outcome.CANNOT_DETERMINE:
        return not_recorded(*_open(facts, fever, signs))._replace(value=present)
    reason = Message(_("Present: %(present)s."), {"present": present or Message(_("none"))})
    return decided(outcome is Outcome.MET, reason, present, facts.symptom_onset_date)


def _fever(facts: Facts) -> Message:
    told = {
        "temperature": facts.highest_temperature_c,
        "site": facts.temperature_site or Message(_("site not recorded")),
        "days": facts.high_fever_days,
    }
    return Message(_("%(temperature)s °C (%(site)s), high fever on %(days)s days"), told)


def _open(facts: Facts, fever: Outcome, signs: dict[str, Outcome]) -> list[str]:
    """The facts without which fever and signs stay open."""
    missing = list(absent(facts, *FEVER)) if fever is Outcome.CANNOT_DETERMINE else []
    undecided = [name for name, sign in signs.items() if sign is Outcome.CANNOT_DETERMINE]
    return missing + [name if absent(facts, name) else f"{name}_text" for name in undecided]


@criterion("IN04b", "respiratory_rate", "vital_signs_date")
def respiratory_rate_of_moderate(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Respiratory rate below 30/min; the registry's "30 or more" is an error (entry 1)."""
    if facts.respiratory_rate is None:
        return not_recorded("respiratory_rate")
    return measured(protocol.moderate.respiratory_rate, facts.respiratory_rate, facts)


@criterion("IN04c", "spo2_percent", "oxygen_device", "vital_signs_date", "pao2_fio2_mmhg")
def saturation_of_moderate(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Oxygen saturation above 93 % at rest, on room air (entries 2 and 3)."""
    return saturation(facts, protocol) or measured(protocol.moderate.spo2, facts.spo2_percent, facts)


def measured(limit: Limit, value: int | None, facts: Facts) -> Finding:
    reason = Message(_("%(value)s; required %(limit)s."), {"value": value, "limit": str(limit)})
    return decided(within(limit, value) is Outcome.MET, reason, value, facts.vital_signs_date)


def saturation(facts: Facts, protocol: Protocol) -> Finding | None:
    """What keeps the saturation from being judged as it stands; None when it was taken on room air."""
    if missing := absent(facts, "spo2_percent", "oxygen_device"):
        return not_recorded(*missing)
    if facts.oxygen_device is OxygenDevice.NONE:
        return None
    if protocol.moderate.spo2_on_oxygen is OnOxygen.PF_RATIO and facts.pao2_fio2_mmhg is not None:
        return _by_pf_ratio(facts, protocol)
    reason = Message(_("Measured on oxygen (%(device)s)."), {"device": facts.oxygen_device})
    return open_question(reason, facts.spo2_percent, facts.vital_signs_date)


def _by_pf_ratio(facts: Facts, protocol: Protocol) -> Finding:
    low = within(protocol.severe.pf_ratio, facts.pao2_fio2_mmhg)
    reason = Message(_("Measured on oxygen; PaO2/FiO2 %(ratio)s decides."), {"ratio": facts.pao2_fio2_mmhg})
    return decided(low is Outcome.NOT_MET, reason, facts.pao2_fio2_mmhg, facts.vital_signs_date)


@criterion("IN04d", "imaging_pneumonia", "imaging_modality", "imaging_date", "imaging_read_by")
def imaging_shows_pneumonia(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Chest CT of the last 72 hours shows COVID-19 pneumonia, by a named reader (entry 20)."""
    limits, taken = protocol.imaging, facts.imaging_date
    missing = absent(facts, "imaging_modality", "imaging_date", "imaging_pneumonia", "imaging_read_by")
    if taken is None or missing:
        return not_recorded(*missing)
    if facts.imaging_modality not in limits.modalities:
        return open_question(Message(_("A chest CT is needed.")), facts.imaging_modality, taken)
    if taken > on:
        return dated_after("imaging_date", taken)
    last = add_days(taken, limits.max_hours // 24)
    if on > last:
        told = {"days": days_between(taken, on), "hours": limits.max_hours}
        return open_question(
            Message(_("%(days)s days old; at most %(hours)s hours allowed."), told), dated=taken
        )
    pneumonia = facts.imaging_pneumonia
    reason = Message(ANSWERED, {"question": Message(LABELS["imaging_pneumonia"]), "answer": pneumonia})
    return decided(pneumonia is Answer.YES, reason, pneumonia, taken, last)
