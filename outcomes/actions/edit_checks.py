"""What the edit checks find, said to people."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.rules.measurements import Limits
from outcomes.rules.sheets import SHEETS
from trial_site.core.checks import Concern
from trial_site.core.errors import Refused

SENTENCES = {
    # refused
    "future": gettext_lazy("This time is in the future."),
    "future_day": gettext_lazy("This date is in the future."),
    "diastolic_not_below_systolic": gettext_lazy("The diastolic pressure must be below the systolic."),
    "flow_without_device": gettext_lazy("An oxygen flow needs an oxygen device."),
    "more_lymphocytes_than_cells": gettext_lazy("There cannot be more lymphocytes than white blood cells."),
    "before_birth": gettext_lazy("This is before the participant was born."),
    "does_not_apply": gettext_lazy("This does not apply here. Leave it empty."),
    "not_of_this_sex": gettext_lazy("This form is not for men."),
    "above_the_whole": gettext_lazy("This cannot be more than the value it is a part of."),
    "not_pregnant": gettext_lazy("A man is not pregnant. Is it his partner?"),
    "no_death": gettext_lazy("Record the death itself first; here stands its cause."),
    "no_such_end": gettext_lazy("Record this itself first; here stands what it means for the study."),
    "ended_otherwise": gettext_lazy("Something else is recorded as the end. Correct one of the two."),
    "other_end": gettext_lazy("Another day is recorded for this. Correct one of the two."),
    "before_randomization": gettext_lazy("This is before the participant was randomized."),
    "after_end": gettext_lazy("This is after the participant's follow-up ended."),
    "before_consent": gettext_lazy("What began before consent is medical history, not an adverse event."),
    "ends_before_onset": gettext_lazy("The end cannot be before the onset."),
    "ended_but_going_on": gettext_lazy("An event with an end date is not going on. Check the outcome."),
    "fatal_is_grade_5": gettext_lazy("Grade 5 and a fatal outcome belong together."),
    "criterion_means_serious": gettext_lazy("A criterion of seriousness is ticked: the event is serious."),
    "why_serious": gettext_lazy("Tick why the event is serious."),
    "death_is_serious": gettext_lazy("A death is always serious."),
    "date_of_death": gettext_lazy("Enter the date of death as the end."),
    # asked about
    "outside_window": gettext_lazy("This date is outside the visit window. Is it correct?"),
    "other_day": gettext_lazy("This is not the day of the visit. Is it correct?"),
    "score_against_support": gettext_lazy(
        "Score and oxygen support of this visit do not fit together. Is it correct?"
    ),
    "severity_against_signs": gettext_lazy(
        "Breathing or saturation are those of a severe case. Is this class correct?"
    ),
    "result_against_ct": gettext_lazy("The Ct values and the cut-off say otherwise. Is this result correct?"),
    "life_threatening_is_serious": gettext_lazy("A life-threatening event is serious. Is “no” correct?"),
    "over_without_end": gettext_lazy("The event is over, but its end is not known. Is that correct?"),
}


def sentences(findings: dict[str, str], form: str = "") -> dict[str, str]:
    """Field -> sentence, of what rules found."""
    limits = {each.field: each for each in SHEETS[form].limits} if form in SHEETS else {}
    return {
        field: _not_possible(limits[field]) if kind == "impossible" else str(SENTENCES[kind])
        for field, kind in findings.items()
    }


def _not_possible(limits: Limits) -> str:
    low, high = limits.possible
    said = {"low": low, "high": high, "unit": limits.unit}
    return (_("Not possible. Enter a value from %(low)s to %(high)s %(unit)s.") % said).replace(" .", ".")


def refuse(findings: dict[str, str], form: str = "") -> None:
    """Raise Refused with a sentence beside each field, if rules found anything."""
    if findings:
        raise Refused(fields=sentences(findings, form))


def concerns(findings: dict[str, str]) -> list[Concern]:
    return [Concern(field, sentence) for field, sentence in sentences(findings).items()]
