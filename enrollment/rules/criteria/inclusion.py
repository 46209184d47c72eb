"""Consent, infusion window, age and manifestations."""

from datetime import date

from enrollment.rules.answers import Answer
from enrollment.rules.derived import ONSET_FACTS, SYMPTOMS, age, symptom, window_of
from enrollment.rules.facts import LABELS, Facts
from enrollment.rules.finding import (
    Finding,
    absent,
    criterion,
    dated_after,
    decided,
    must_be_yes,
    not_recorded,
    open_question,
    worst,
)
from enrollment.rules.logic import Outcome
from enrollment.rules.window import Place, Window, place_in_window
from enrollment.rules.wording import Message, _
from trial_site.core.protocol import Protocol
from trial_site.core.thresholds import Anchor, EstimatedOnset


@criterion("CONSENT", "consent_date")
def consent_given(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Informed consent is given."""
    signed = facts.consent_date
    if signed is None:
        return not_recorded("consent_date")
    if signed > on:
        return dated_after("consent_date", signed)
    return decided(True, Message(_("Consent given on %(date)s."), {"date": signed}), signed, signed)


@criterion("WINDOW", *ONSET_FACTS, "onset_estimated", "planned_infusion_date")
def infusion_in_window(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """The infusion takes place on day 10 to 15, onset being day 0 (entries 13 to 15)."""
    onset = facts.symptom_onset_date
    window = window_of(facts, protocol)
    if window is None:
        return not_recorded("symptom_onset_date")
    if onset and onset > on:
        return dated_after("symptom_onset_date", onset)
    if facts.onset_estimated is not Answer.YES:
        return _placed(window, facts, on)
    if protocol.window.estimated_onset is EstimatedOnset.NOT_ACCEPTED:
        return open_question(Message(_("Onset is only an estimate.")), onset, onset)
    placed = _placed(window, facts, on)
    estimated = _("%(finding)s Onset is an estimate; the investigator's signature confirms it.")
    return placed._replace(reason=Message(estimated, {"finding": placed.reason}))


def _placed(window: Window, facts: Facts, on: date) -> Finding:
    dose = max(facts.planned_infusion_date or on, on)
    outcome, sentence = {
        Place.BEFORE: (Outcome.NOT_YET, _("Not yet open: infusion possible from %(first)s to %(last)s.")),
        Place.WITHIN: (
            Outcome.MET,
            _("Infusion possible from %(first)s to %(last)s; days left: %(days_left)s."),
        ),
        Place.AFTER: (Outcome.NOT_MET, _("Infusion was possible from %(first)s to %(last)s only.")),
    }[place_in_window(window, dose)]
    told = {"first": window.first, "last": window.last, "days_left": window.days_left(on)}
    return Finding(outcome, Message(sentence, told), dose, facts.symptom_onset_date, window.last)


@criterion("IN01a", "birth_date", "consent_date")
def adult_up_to_85(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """Age 18 to 85 in completed years at consent: until the day before the 86th birthday (entry 6)."""
    limits = protocol.age
    years = age(facts, limits.anchor, on)
    if years is None:
        return _age_unknown(facts, limits.anchor)
    reason = Message(
        _("%(age)s completed years; %(minimum)s to %(maximum)s required."),
        {"age": years, "minimum": limits.minimum, "maximum": limits.maximum},
    )
    return decided(limits.minimum <= years <= limits.maximum, reason, years, facts.birth_date)


def _age_unknown(facts: Facts, anchor: Anchor) -> Finding:
    needed = ("birth_date", "consent_date") if anchor is Anchor.CONSENT else ("birth_date",)
    if missing := absent(facts, *needed):
        return not_recorded(*missing)
    return open_question(Message(_("The date of birth lies after the day on which age counts.")))


@criterion("IN02", *SYMPTOMS, "symptom_other_text", "manifestations_confirmed", "symptom_onset_date")
def manifestations_present(facts: Facts, protocol: Protocol, on: date) -> Finding:
    """At least one manifestation of the list, and the investigator says they are of COVID-19 (entry 16)."""
    return worst(_symptoms(facts, protocol), must_be_yes(facts, "manifestations_confirmed"))


def _symptoms(facts: Facts, protocol: Protocol) -> Finding:
    answers = {name: symptom(facts, name) for name in protocol.manifestations.symptoms}
    present = tuple(Message(LABELS[name]) for name, answer in answers.items() if answer is Outcome.MET)
    undecided = [name for name, answer in answers.items() if answer is Outcome.CANNOT_DETERMINE]
    if len(present) >= protocol.manifestations.minimum:
        reason = Message(_("Present: %(present)s."), {"present": present})
        return decided(True, reason, present, facts.symptom_onset_date)
    if len(present) + len(undecided) >= protocol.manifestations.minimum:
        return not_recorded(*(name if absent(facts, name) else f"{name}_text" for name in undecided))
    return decided(False, Message(_("Too few manifestations of the list are present.")), present)
