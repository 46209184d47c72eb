"""What stands in the way, said to people. No sentence says more than the person who reads it may know."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import RECHECK, VITAL_SIGNS
from dosing.rules.preparation import PREPARED
from trial_site.core.errors import Refused
from trial_site.core.protocol import Protocol

SENTENCES = {
    # anywhere
    "future": _("This time is in the future."),
    "impossible": _("Not possible. Enter a value from %(low)s to %(high)s %(unit)s."),
    # slots
    "no_window": _("The day of symptom onset is not known, so there is no infusion window."),
    "outside_window": _("This day is outside the infusion window."),
    "not_offered": _("The study site does not begin infusions at this time."),
    "taken": _("This time was just taken. Choose another one."),
    "day_closed": _("The study site gives no more infusions on this day."),
    "too_soon": _("The pharmacy needs more time than is left until then. Choose a later time."),
    "first_apart": _(
        "The first %(first)s participants of the study are infused at least %(apart)s hours apart."
    ),
    "randomized_too_early": _("Randomization may be at most %(randomization)s hours before the infusion."),
    # order
    "consent_does_not_stand": _("Without the participant's consent there is no infusion."),
    "severe": _("A severe or critical case is not infused. No order is given."),
    "new_exclusion": _("With an exclusion criterion there is no infusion."),
    "recheck_day": _("The re-check must be made on the day of the reserved infusion."),
    "recheck_old": _("The re-check may be at most %(recheck)s hours old at the infusion."),
    "weight_day": _("The weight must be of the day of the infusion or the day before."),
    # preparation
    "before_order": _("This is before the investigator's order."),
    "released_too_early": _(
        "No bag is released earlier than %(release)s minutes before the planned infusion."
    ),
    "thawed_too_long_ago": _(
        "A bag is released within %(within)s minutes after thawing, or the times on its label would not be safe."
        " This bag cannot be released."
    ),
    "too_many_cells": _(
        "This is far more than any planned dose. Check the count: a bag with so many cells is not released."
    ),
    "not_nominal": _("Every bag is filled to %(volume)s mL."),
    # bedside
    "past_start_by": _(
        "The time by which the bag must be started has passed. Do not start; call the pharmacy."
    ),
    "no_vitals_before": _("Record the vital signs before the infusion first."),
    "wrong_participant": _("This is not the number of this participant. Do not start."),
    "wrong_bag": _("This is not the bag of this participant. Do not start; call the pharmacy."),
    "not_covered": _("Do not take it. Report the problem with the bag below."),
    "bag_used": _("This bag has been given already. Do not start; call the pharmacy."),
    "infused_then": _("Another infusion of this participant is recorded for this time."),
    "infused_already": _("This participant has been infused already. Do not start."),
    "reaction_before_start": _("A reaction cannot begin before the infusion."),
    "pause_before_start": _("The infusion had not started then."),
    "resumed_before_pause": _("It cannot go on before it was interrupted."),
    "no_such_volume": _("Enter the volume given, from 0 to 500 mL."),
    "same_person": _("The second person must be somebody else."),
    "sentence_needed": _("Write a sentence."),
    "before_start": _("The infusion cannot end before it started."),
    "more_than_bag": _("The bag holds %(volume)s mL."),
    "reason_needed": _("Say why the bag was not given in full."),
    "return_too_early": _("The bag was still in use then, or not handed over."),
    # vital signs
    "after_start": _("This time point is before the infusion started."),
    "not_yet": _("The infusion has not come to this time point yet."),
    "before_anchor": _("This is earlier than the time point can be."),
    "events_not_asked": _("Ask for adverse events since the infusion."),
    "diastolic_not_below_systolic": _("The diastolic pressure must be below the systolic."),
    # confirmed, and kept as a query
    "weight_changed": _("The weight differs from screening by more than 10 percent. Is it correct?"),
    "oxygen_reason": _("Newly on oxygen: say why this is still a moderate case."),
    "ended_past_use_by": _("The infusion ended after the use-by time. Is the time correct?"),
    "blind_not_kept": _("The blind was not kept. Is that correct?"),
    "off_schedule": _("This is far from the planned time. Is it correct?"),
}


NUMBERS = {each.field: each for each in (*RECHECK, *VITAL_SIGNS, *PREPARED)}


def sentence(kind: str, protocol: Protocol, field: str = "") -> str:
    """What `kind` of problem there is with `field`."""
    facts: dict[str, Any] = {
        "release": protocol.infusion.release_minutes_before,
        "within": protocol.infusion.release_within_minutes_after_thaw,
        "first": protocol.infusion.first_participants,
        "apart": protocol.infusion.first_hours_apart,
        "randomization": protocol.randomization_max_hours_before_infusion,
        "recheck": protocol.recheck_max_hours,
        "volume": protocol.bag_volume_ml,
    }
    if number := NUMBERS.get(field):
        facts |= {"low": number.possible[0], "high": number.possible[1], "unit": number.unit}
    return str(SENTENCES[kind]) % facts


def refuse(problem: str, protocol: Protocol) -> None:
    """Raise Refused if there is a problem."""
    if problem:
        raise Refused(sentence(problem, protocol))


def refuse_fields(problems: Mapping[str, str], protocol: Protocol) -> None:
    """Raise Refused with a sentence beside each field that has a problem."""
    if problems:
        raise Refused(fields={field: sentence(kind, protocol, field) for field, kind in problems.items()})
