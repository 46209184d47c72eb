"""How the forms of one participant become SDTM records.

Most of it is in the declarations already: a column whose CDASH name is XXX_VSORRES is the vital sign XXX, one that is
called CMSTDAT is CMSTDTC. What needs more than its name stands in the modules of the classes, form by form.
"""

from collections.abc import Callable, Iterator
from datetime import date

from trial_site.exports.sdtm.book import Book, Record
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.sdtm.events import (
    adverse_events,
    clinical_events,
    deviations,
    disposition,
    history,
    hospital_stays,
)
from trial_site.exports.sdtm.findings import (
    accountability,
    findings,
    immunogenicity,
    laboratory,
    microbiology,
    reproduction,
    survival,
    unmapped,
    unmet_criteria,
    vital_signs,
)
from trial_site.exports.sdtm.interventions import (
    exposure,
    exposure_unmasked,
    medications,
    procedures,
    substances,
)
from trial_site.exports.sdtm.special import demographics, elements, visits
from trial_site.exports.sdtm.supplementary import of_events, of_exposure, of_participants, of_substances

WHOLE_DATE, WHOLE_MINUTE = len("2026-01-01"), len("2026-01-01T00:00")
MAPPINGS: dict[str, Callable[[Domain, Book], Iterator[Record]]] = {
    "DM": demographics,
    "SE": elements,
    "SV": visits,
    "CM": medications,
    "EC": exposure,
    "EX": exposure_unmasked,
    "PR": procedures,
    "SU": substances,
    "AE": adverse_events,
    "CE": clinical_events,
    "DS": disposition,
    "DV": deviations,
    "HO": hospital_stays,
    "MH": history,
    "DA": accountability,
    "DD": findings,
    "EG": findings,
    "FT": findings,
    "IE": unmet_criteria,
    "IS": immunogenicity,
    "LB": laboratory,
    "MB": microbiology,
    "QS": findings,
    "RE": findings,
    "RP": reproduction,
    "RS": findings,
    "SS": survival,
    "VS": vital_signs,
    "SUPPAE": of_events,
    "SUPPDM": of_participants,
    "SUPPEX": of_exposure,
    "SUPPSU": of_substances,
    "XC": unmapped,
}


def study_days(domain: Domain, record: Record, start: str | None) -> Record:
    """Each --DY from its --DTC. The day of the infusion is 1, the day before it -1: SDTM has no day 0."""
    found: Record = {}
    for variable in domain.variables:
        if variable.name.endswith("DY") and variable.name != "VISITDY":
            found[variable.name] = study_day(record.get(variable.name[:-2] + "DTC"), start)
    return found


def epoch(domain: Domain, record: Record, start: str | None, end: str | None) -> Record:
    """The part of the trial in which a record begins, by the clock of the study site; of whoever was never infused
    all is screening. A date alone that is the day of the infusion does not say."""
    when = record.get(f"{domain.code}STDTC") or record.get(f"{domain.code}DTC")
    if "EPOCH" in record or not when or len(when) < WHOLE_DATE:
        return {}
    if not start or when[:WHOLE_DATE] < start[:WHOLE_DATE]:
        return {"EPOCH": "SCREENING"}
    if len(when) < WHOLE_MINUTE and when == start[:WHOLE_DATE]:
        return {}
    if when[:WHOLE_MINUTE] < start[:WHOLE_MINUTE]:
        return {"EPOCH": "SCREENING"}
    over = end is not None and when[:WHOLE_MINUTE] > end[:WHOLE_MINUTE]
    return {"EPOCH": "FOLLOW-UP" if over else "TREATMENT"}


def study_day(when: str | None, start: str | None) -> int | None:
    """None for what was not dated to the day, and before anybody knows when the infusion is."""
    if not when or not start or len(when) < WHOLE_DATE:
        return None
    days = (date.fromisoformat(when[:WHOLE_DATE]) - date.fromisoformat(start[:WHOLE_DATE])).days
    return days + 1 if days >= 0 else days
