"""How the forms of one participant become SDTM records.

Most of it is in the declarations already: a column whose CDASH name is XXX_VSORRES is the vital sign XXX, one that is
called CMSTDAT is CMSTDTC. What needs more than its name stands here, form by form.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from randomization.rules.stock import StudyBag
from trial_site.core.datasets import Dataset
from trial_site.core.protocol import Kind, Protocol
from trial_site.exports.dictionary import Variable
from trial_site.exports.languages import in_languages
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.unblinded import Treatment

Record = dict[str, Any]
YES_NO = {"yes": "Y", "no": "N", "Y": "Y", "N": "N"}
RESULT = re.compile(r"(\w{1,8})_(\w\w)ORRES")
# Vital signs whose declaration says only that they are one.
VITAL_SIGNS = {
    "WEIGHT_KG": "WEIGHT",
    "TEMPERATURE_C": "TEMP",
    "HEART_RATE": "HR",
    "RESPIRATORY_RATE": "RESP",
    "SYSTOLIC_MMHG": "SYSBP",
    "DIASTOLIC_MMHG": "DIABP",
    "SPO2_PERCENT": "OXYSAT",
}
SARS_COV_2 = {"PCR": "NUCLEIC ACID AMPLIFICATION", "ANTIGEN": "ANTIGEN TEST", "CULTURE": "VIRAL CULTURE"}
# The highest of an illness was measured on no day that the form knows.
NOT_MEASURED_THEN = ("HIGHEST_TEMPERATURE_C",)
# What belongs to a question of the screening form without being one.
NO_QUESTION = ("_DATE", "_TEXT", "_ACCEPTED")
SEX = {"female": "F", "male": "M"}
OUTCOMES = {
    "recovered": "RECOVERED/RESOLVED",
    "recovering": "RECOVERING/RESOLVING",
    "not_recovered": "NOT RECOVERED/NOT RESOLVED",
    "sequelae": "RECOVERED/RESOLVED WITH SEQUELAE",
    "fatal": "FATAL",
    "unknown": "UNKNOWN",
}
ENDINGS = {
    "death": "DEATH",
    "lost": "LOST TO FOLLOW-UP",
    "discontinued": "TREATMENT DISCONTINUED",
    "worsened": "DISEASE PROGRESSION BEFORE TREATMENT",
}
WITHDRAWALS = {
    "consent": "WITHDRAWAL BY SUBJECT",
    "treatment": "WITHDRAWAL OF TREATMENT BY SUBJECT",
    "data_use": "OBJECTION TO USE OF DATA",
}
COMPLETIONS = {
    "completed": "COMPLETED",
    "death": "DEATH",
    "withdrawal": "WITHDRAWAL BY SUBJECT",
    "lost": "LOST TO FOLLOW-UP",
    "investigator": "PHYSICIAN DECISION",
    "other": "OTHER",
}


@dataclass(frozen=True)
class Form:
    """A case report form as the mapping needs it."""

    code: str
    domain: str
    variables: Mapping[str, Variable]

    @classmethod
    def of(cls, dataset: Dataset, variables: list[Variable]) -> "Form":
        return cls(dataset.form, dataset.domain, {variable.name: variable for variable in variables})

    def test(self, name: str, domain: str) -> str | None:
        """The short name of the test that a variable is in a domain, if it is one."""
        cdash = self.variables[name].cdash
        if cdash == f"{domain}ORRES":
            return VITAL_SIGNS.get(name)
        found = RESULT.fullmatch(cdash)
        return found[1] if found and found[2] == domain and name not in NOT_MEASURED_THEN else None

    def named(self, *cdash: str) -> str | None:
        """The variable with the first of these CDASH names that the form has."""
        by_cdash = {variable.cdash: variable.name for variable in self.variables.values()}
        return next((by_cdash[name] for name in cdash if name in by_cdash), None)

    def label(self, name: str) -> str:
        return in_languages(self.variables[name].label)["en"]

    def decode(self, name: str, code: str | None) -> str | None:
        codelist = self.variables[name].codelist
        labels = dict(codelist.items) if codelist else {}
        return in_languages(labels[code])["en"] if code in labels else code


@dataclass(frozen=True)
class Row:
    """One record of a form, by variable: what it holds, and why it holds nothing."""

    form: Form
    visit: str | None
    visit_repeat: str | None
    values: dict[str, str | None]
    reasons: dict[str, str]

    def __getitem__(self, name: str) -> str | None:
        return self.values.get(name)

    def at(self, *cdash: str) -> str | None:
        name = self.form.named(*cdash)
        return self[name] if name else None


@dataclass(frozen=True)
class Book:
    """The exported forms of one participant; `treatment` of whoever is randomized, in an unblinded export only."""

    number: str
    site: str
    rows: dict[str, list[Row]]
    protocol: Protocol
    treatment: Treatment | None = None

    def of(self, *forms: str) -> Iterator[Row]:
        for form in forms:
            yield from self.rows.get(form, ())

    def all(self) -> Iterator[Row]:
        for rows in self.rows.values():
            yield from rows

    def first(self, form: str, name: str) -> str | None:
        return next((value for row in self.of(form) if (value := row[name])), None)

    def arm_name(self, code: str) -> str:
        return next((arm.name.en for arm in self.protocol.arms if arm.code == code), code)

    def visit(self, row: Row) -> Record:
        """A repeat of an unscheduled visit has the number of the visit and a fraction."""
        codes = [visit.code for visit in self.protocol.visits]
        if row.visit not in codes:
            return {}
        place, again = codes.index(row.visit), int(row.visit_repeat or 1)
        name = self.protocol.visits[place].name.en
        return {
            "VISITNUM": place + 1 + (again - 1) / 100,
            "VISIT": name if again == 1 else f"{name} {again}",
        }


def demographics(domain: Domain, book: Book) -> Iterator[Record]:
    born, consented = book.first("SC", "BIRTH_DATE"), book.first("CO", "GIVEN_AT")
    died = next((row["ON"] for row in book.of("EN") if row["KIND"] == "death" and row["STANDS"] == "Y"), None)
    age = years(born, consented)
    starts = sorted(start for row in book.of("IN") if (start := row["STARTED_AT"]))
    ends = sorted(end for row in book.of("IN") if (end := row["STOPPED_AT"]))
    yield {
        "SUBJID": book.number,
        "SITEID": book.site,
        "RFSTDTC": starts[0] if starts else None,
        "RFENDTC": ends[-1] if ends else None,
        "RFICDTC": consented,
        "DTHDTC": died,
        "DTHFL": "Y" if died else None,
        "BRTHDTC": born,
        "AGE": age,
        "AGEU": None if age is None else "YEARS",
        "SEX": SEX.get(book.first("SC", "SEX") or ""),
        **arms(book),
    }


def arms(book: Book) -> Record:
    """Planned by the allocation list, actual by what the bag was filled with."""
    if book.treatment is None:
        failed = any(row["DECISION"] == "screen_failure" for row in book.of("EL"))
        return {"ARMNRS": "SCREEN FAILURE" if failed else "NOT ASSIGNED"}
    planned = {"ARMCD": book.treatment.arm, "ARM": book.arm_name(book.treatment.arm)}
    given = next((bag for row, bag in infusions(book)), None)
    if given is None:
        return planned | {"ARMNRS": "ASSIGNED, NOT TREATED"}
    return planned | {"ACTARMCD": given.arm, "ACTARM": book.arm_name(given.arm)}


def years(born: str | None, until: str | None) -> int | None:
    """Completed years."""
    if not born or not until:
        return None
    birth, day = date.fromisoformat(born), date.fromisoformat(until[:10])
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def visits(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("VI"):
        yield book.visit(row) | {"SVSTDTC": row["TOOK_PLACE_ON"]}


def as_sdtm(cdash: str) -> str:
    """CDASH says DAT where SDTM says DTC."""
    return re.sub("DAT$", "DTC", cdash)


def declared(domain: Domain, row: Row) -> Record:
    """Every column of a form that is called as a variable of the domain."""
    names = {variable.name for variable in domain.variables}
    found: Record = {}
    for variable in row.form.variables.values():
        name = as_sdtm(variable.cdash)
        if name in names:
            found[name] = coded(variable, row[variable.name])
    return found


def coded(variable: Variable, value: str | None) -> str | None:
    return upper(value) if variable.codelist and value else value


def upper(code: str | None) -> str | None:
    return code.replace("_", " ").upper() if code else None


def listed(domain: Domain, book: Book) -> Iterator[Record]:
    """One record for each line of a log that the domain has as its form."""
    for row in book.of(domain.code):
        yield declared(domain, row)


def medications(domain: Domain, book: Book) -> Iterator[Record]:
    yield from listed(domain, book)
    for row in book.of("SC", "CH"):
        doses = row["VACCINE_DOSES"]
        if doses is not None:
            yield {
                "CMTRT": row["VACCINE"] or "COVID-19 VACCINE",
                "CMCAT": "VACCINE",
                "CMPRESP": "Y",
                "CMOCCUR": "N" if doses == "0" else "Y",
                "CMENDTC": row["LAST_DOSE_ON"] or row["LAST_VACCINE_DATE"],
            }


def exposure(domain: Domain, book: Book) -> Iterator[Record]:
    """As collected and masked: what was infused is nobody's knowledge here."""
    for row in book.of("IN"):
        yield declared(domain, row) | {
            "ECTRT": "MASKED STUDY PRODUCT",
            "ECCAT": "INFUSION",
            "ECOCCUR": "Y" if row["STARTED_AT"] else None,
            "ECDOSE": number(row["VOLUME_ML"]),
            "ECDOSU": "mL" if row["VOLUME_ML"] else None,
            "ECROUTE": "INTRAVENOUS",
        }


def infusions(book: Book) -> Iterator[tuple[Row, StudyBag]]:
    """Every infusion that was begun, with what its bag was filled with."""
    bags = book.treatment.bags if book.treatment else {}
    for row in book.of("IN"):
        bag = bags.get(row["BAG_CODE"] or "")
        if row["STARTED_AT"] and bag is not None:
            yield row, bag


def exposure_unmasked(domain: Domain, book: Book) -> Iterator[Record]:
    for row, bag in infusions(book):
        yield {
            "EXREFID": bag.bag,
            "EXTRT": book.arm_name(bag.arm),
            "EXCAT": "INFUSION",
            "EXDOSE": number(row["VOLUME_ML"]),
            "EXDOSU": "mL" if row["VOLUME_ML"] else None,
            "EXROUTE": "INTRAVENOUS",
            "EXLOT": bag.lot,
            "EXADJ": coded(row.form.variables["INCOMPLETE_REASON"], row["INCOMPLETE_REASON"]),
            "EXSTDTC": row["STARTED_AT"],
            "EXENDTC": row["STOPPED_AT"],
        }


def adverse_events(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("AE"):
        yield declared(domain, row) | {"AEOUT": OUTCOMES.get(row["OUTCOME"] or "")}


def procedures(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("RS"):
        yield declared(domain, row) | {
            "PRCAT": "RESPIRATORY SUPPORT",
            "PRDOSE": number(row["OXYGEN_FLOW_L_MIN"]),
        }


def prespecified(book: Book, domain: str, prefix: str, category: str) -> Iterator[Record]:
    """The yes and no questions of the screening form whose names begin with `prefix`."""
    for row in book.of("SC"):
        for name, value in row.values.items():
            question = name.startswith(prefix) and not name.endswith(NO_QUESTION)
            if question and (value in YES_NO or name in row.reasons):
                yield {
                    f"{domain}TERM": row.form.label(name),
                    f"{domain}CAT": category,
                    f"{domain}PRESP": "Y",
                    f"{domain}OCCUR": YES_NO.get(value or ""),
                    **not_done(domain, row, name),
                }


def not_done(domain: str, row: Row, name: str) -> Record:
    reason = row.reasons.get(name) if row[name] is None else None
    return {f"{domain}STAT": "NOT DONE", f"{domain}REASND": reason} if reason else {}


def symptoms(domain: Domain, book: Book) -> Iterator[Record]:
    yield from prespecified(book, "CE", "SYMPTOM_", "COVID-19 MANIFESTATIONS")
    for row in book.of("SY"):
        for name, variable in row.form.variables.items():
            asked = variable.cdash.endswith("_CESEV") and (row[name] is not None or name in row.reasons)
            if asked:
                severity = row.form.decode(name, row[name])
                yield {
                    "CETERM": row.form.label(name),
                    "CECAT": "COVID-19 SYMPTOMS",
                    "CEPRESP": "Y",
                    "CEOCCUR": None if row[name] is None else "N" if row[name] == "0" else "Y",
                    "CESEV": upper(severity),
                    "CEDTC": row["ASSESSED_AT"],
                    **not_done("CE", row, name),
                    **book.visit(row),
                }


def history(domain: Domain, book: Book) -> Iterator[Record]:
    if onset := book.first("SC", "SYMPTOM_ONSET_DATE"):
        yield {"MHTERM": "COVID-19", "MHCAT": "PRIMARY DIAGNOSIS", "MHSTDTC": onset}
    for row in book.of("CH"):
        if row["PREVIOUS_INFECTION"]:
            yield {
                "MHTERM": "PREVIOUS COVID-19",
                "MHCAT": "PREVIOUS INFECTION",
                "MHPRESP": "Y",
                "MHOCCUR": YES_NO.get(row["PREVIOUS_INFECTION"] or ""),
                "MHSTDTC": row["PREVIOUS_INFECTION_ON"],
            }
    yield from listed(domain, book)
    yield from prespecified(book, "MH", "DISEASE_", "RISK FACTORS")


def disposition(domain: Domain, book: Book) -> Iterator[Record]:
    milestones = (("CO", "GIVEN_AT", "INFORMED CONSENT OBTAINED"), ("RA", "RANDOMIZED_AT", "RANDOMIZED"))
    for form, when, term in milestones:
        for row in book.of(form):
            yield disposed(term, "PROTOCOL MILESTONE", row[when])
    yield from departures(book)
    for row in book.of("CB"):
        broken = disposed("TREATMENT UNBLINDED", "OTHER EVENT", row["BROKEN_AT"])
        yield broken | {"DSSCAT": upper(row["CATEGORY"])}


def departures(book: Book) -> Iterator[Record]:
    for row in book.of("EL"):
        if row["DECISION"] == "screen_failure":
            yield disposed("SCREEN FAILURE", "DISPOSITION EVENT", row["ASSESSED_AT"])
    for row in book.of("WD"):
        yield disposed(WITHDRAWALS[row["KIND"] or ""], "DISPOSITION EVENT", row["ON"])
    for row in book.of("EN"):
        if row["STANDS"] == "Y":
            yield disposed(ENDINGS[row["KIND"] or ""], "DISPOSITION EVENT", row["ON"])
    for row in book.of("EO"):
        ended = disposed(COMPLETIONS.get(row["REASON"] or "", "OTHER"), "DISPOSITION EVENT", row["ENDED_ON"])
        yield ended | {"DSTERM": row["DETAIL"] or ended["DSTERM"], "DSSCAT": "STUDY PARTICIPATION"}


def disposed(term: str, category: str, when: str | None) -> Record:
    return {"DSTERM": term, "DSDECOD": term, "DSCAT": category, "DSSTDTC": when}


def unmet_criteria(domain: Domain, book: Book) -> Iterator[Record]:
    """SDTM holds only what was not met; all verdicts are on form EL."""
    known = book.protocol.criterion_by_code
    for row in book.of("EL"):
        for code in (row["FAILED_CRITERIA"] or "[]").strip("[]").replace('"', "").split(", "):
            if code in known:
                inclusion = known[code].kind != Kind.EXCLUSION
                result = "N" if inclusion else "Y"
                yield {
                    "IETESTCD": code,
                    "IETEST": known[code].title.en,
                    "IECAT": "INCLUSION" if inclusion else "EXCLUSION",
                    "IEORRES": result,
                    "IESTRESC": result,
                    "IEDTC": row["ASSESSED_AT"],
                }


def findings(domain: Domain, book: Book) -> Iterator[Record]:
    """Whatever the declarations call a result of this domain, with the qualifiers that stand beside it."""
    for row in book.all():
        for name in row.form.variables:
            test = row.form.test(name, domain.code)
            if test and (row[name] is not None or name in row.reasons):
                yield finding(domain, test, name, row) | book.visit(row)


def finding(domain: Domain, test: str, name: str, row: Row) -> Record:
    code, variable = domain.code, row.form.variables[name]
    value = coded(variable, row[name])
    unit = variable.unit if value is not None and variable.unit != "1" else ""
    return declared(domain, row) | {
        f"{code}TESTCD": test,
        f"{code}TEST": row.form.label(name)[:40],
        f"{code}CAT": row.at(f"{test}_{code}CAT", f"{code}CAT"),
        f"{code}ORRES": value,
        f"{code}ORRESU": unit or None,
        f"{code}STRESC": value,
        f"{code}STRESN": number(value),
        f"{code}STRESU": unit or None,
        f"{code}DTC": when(row, code),
        **not_done(code, row, name),
    }


def when(row: Row, domain: str) -> str | None:
    """The time of a finding: that of its domain, else the only one the form has."""
    times = [v.cdash for v in row.form.variables.values() if re.fullmatch(r"\w\w(ST)?(DTC|DAT)", v.cdash)]
    return row.at(f"{domain}DTC", f"{domain}DAT", *times)


def number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def microbiology(domain: Domain, book: Book) -> Iterator[Record]:
    yield from findings(domain, book)
    for row in book.of("SC"):
        for test, method in SARS_COV_2.items():
            result = row[f"{test}_RESULT"]
            if result and result != "not_done":
                yield {
                    "MBTESTCD": "SARSCOV2",
                    "MBTEST": "SARS-CoV-2",
                    "MBORRES": upper(result),
                    "MBSTRESC": upper(result),
                    "MBMETHOD": method,
                    "MBDTC": row[f"{test}_SAMPLE_DATE"],
                }


def vital_signs(domain: Domain, book: Book) -> Iterator[Record]:
    """Around an infusion the time points are counted from its start."""
    for row in book.all():
        point = row["TIME_POINT"] if row.form.code == "IV" else None
        timing: Record = {}
        if point is not None:
            name = row.form.decode("TIME_POINT", point)
            timing = {"VSTPT": name, "VSTPTNUM": int(point), "VSTPTREF": "START OF INFUSION"}
        one = Book(book.number, book.site, {row.form.code: [row]}, book.protocol)
        for found in findings(domain, one):
            yield found | timing


MAPPINGS: dict[str, Callable[[Domain, Book], Iterator[Record]]] = {
    "DM": demographics,
    "SV": visits,
    "CM": medications,
    "EC": exposure,
    "EX": exposure_unmasked,
    "PR": procedures,
    "AE": adverse_events,
    "CE": symptoms,
    "DS": disposition,
    "HO": listed,
    "MH": history,
    "EG": findings,
    "FT": findings,
    "IE": unmet_criteria,
    "IS": findings,
    "LB": findings,
    "MB": microbiology,
    "RE": findings,
    "RS": findings,
    "VS": vital_signs,
}
