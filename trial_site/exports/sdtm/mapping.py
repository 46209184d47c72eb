"""How the forms of one participant become SDTM records (reference: SDTMIG 3.4; each line names its form)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from trial_site.core.protocol import Kind, Protocol

Record = dict[str, Any]
YES_NO = {"yes": "Y", "no": "N", "Y": "Y", "N": "N"}
# Field of a form -> short name and name of the measurement, in CDISC's controlled terminology.
VITAL_SIGNS = {
    "HEIGHT_CM": ("HEIGHT", "Height"),
    "WEIGHT_KG": ("WEIGHT", "Weight"),
    "TEMPERATURE_C": ("TEMP", "Temperature"),
    "HEART_RATE": ("HR", "Heart Rate"),
    "RESPIRATORY_RATE": ("RESP", "Respiratory Rate"),
    "SYSTOLIC_MMHG": ("SYSBP", "Systolic Blood Pressure"),
    "DIASTOLIC_MMHG": ("DIABP", "Diastolic Blood Pressure"),
    "SPO2_PERCENT": ("OXYSAT", "Oxygen Saturation"),
}
LABORATORY = {
    "WBC_10E9_L": ("WBC", "Leukocytes"),
    "LYMPHOCYTES_10E9_L": ("LYM", "Lymphocytes"),
    "CRP_MG_L": ("CRP", "C Reactive Protein"),
    "IL6_PG_ML": ("INTLK6", "Interleukin 6"),
    "FERRITIN_UG_L": ("FERRITIN", "Ferritin"),
    "D_DIMER_MG_L": ("DDIMER", "D-Dimer"),
    "LDH_U_L": ("LDH", "Lactate Dehydrogenase"),
    "PROCALCITONIN_NG_ML": ("PCT", "Procalcitonin"),
}
SARS_COV_2 = {
    "PCR": ("SARSCOV2", "NUCLEIC ACID AMPLIFICATION"),
    "ANTIGEN": ("SARSCOV2", "ANTIGEN TEST"),
    "CULTURE": ("SARSCOV2", "VIRAL CULTURE"),
}
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


@dataclass(frozen=True)
class Row:
    """One record of a form, by variable: what it holds, and why it holds nothing."""

    visit: str | None
    repeat: str | None
    values: dict[str, str | None]
    reasons: dict[str, str]

    def __getitem__(self, name: str) -> str | None:
        return self.values.get(name)


@dataclass(frozen=True)
class Book:
    """The exported forms of one participant. units, labels and decodes: by form and variable, in English."""

    number: str
    site: str
    rows: dict[str, list[Row]]
    units: dict[tuple[str, str], str]
    labels: dict[tuple[str, str], str]
    decodes: dict[tuple[str, str], dict[str, str]]
    protocol: Protocol

    def of(self, *forms: str) -> Iterator[tuple[str, Row]]:
        for form in forms:
            for row in self.rows.get(form, ()):
                yield form, row

    def first(self, form: str, name: str) -> str | None:
        return next((value for _form, row in self.of(form) if (value := row[name])), None)

    def visit(self, code: str | None) -> Record:
        codes = [visit.code for visit in self.protocol.visits]
        if code not in codes:
            return {}
        place = codes.index(code)
        return {"VISITNUM": place + 1, "VISIT": self.protocol.visits[place].name.en}


def demographics(book: Book) -> Iterator[Record]:
    born, consented = book.first("SC", "BIRTH_DATE"), book.first("CO", "GIVEN_AT")
    died = next(
        (row["ON"] for _f, row in book.of("EN") if row["KIND"] == "death" and row["STANDS"] == "Y"), None
    )
    age = years(born, consented)
    ends = sorted(end for _form, row in book.of("IN") if (end := row["STOPPED_AT"]))
    starts = sorted(start for _form, row in book.of("IN") if (start := row["STARTED_AT"]))
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
    }


def years(born: str | None, until: str | None) -> int | None:
    """Completed years."""
    if not born or not until:
        return None
    birth, day = date.fromisoformat(born), date.fromisoformat(until[:10])
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def visits(book: Book) -> Iterator[Record]:
    for _form, row in book.of("VI"):
        yield book.visit(row.visit) | {"SVSTDTC": row["TOOK_PLACE_ON"]}


def medications(book: Book) -> Iterator[Record]:
    doses = book.first("SC", "VACCINE_DOSES")
    if doses is not None:
        yield {
            "CMTRT": "COVID-19 VACCINE",
            "CMCAT": "VACCINE",
            "CMPRESP": "Y",
            "CMOCCUR": "N" if doses == "0" else "Y",
            "CMENDTC": book.first("SC", "LAST_VACCINE_DATE"),
        }


def exposure(book: Book) -> Iterator[Record]:
    """As collected and masked: what was infused is nobody's knowledge here."""
    for _form, row in book.of("IN"):
        yield {
            "ECREFID": row["BAG_CODE"],
            "ECTRT": "MASKED STUDY PRODUCT",
            "ECCAT": "INFUSION",
            "ECOCCUR": "Y" if row["STARTED_AT"] else None,
            "ECDOSE": number(row["VOLUME_ML"]),
            "ECDOSU": "mL" if row["VOLUME_ML"] else None,
            "ECROUTE": "INTRAVENOUS",
            "ECADJ": row["INCOMPLETE_REASON"],
            "ECSTDTC": row["STARTED_AT"],
            "ECENDTC": row["STOPPED_AT"],
        }


def adverse_events(book: Book) -> Iterator[Record]:
    for _form, row in book.of("AE"):
        yield {
            "AETERM": row["TERM"],
            "AESER": row["SERIOUS"],
            "AEREL": upper(row["CAUSALITY"]),
            "AEOUT": OUTCOMES.get(row["OUTCOME"] or ""),
            "AETOXGR": row["GRADE"],
            "AESTDTC": row["STARTED_ON"],
            "AEENDTC": row["ENDED_ON"],
        }


def upper(code: str | None) -> str | None:
    return code.replace("_", " ").upper() if code else None


def prespecified(book: Book, domain: str, prefix: str, category: str) -> Iterator[Record]:
    """The yes and no questions of the screening form whose names begin with `prefix`."""
    for _form, row in book.of("SC"):
        for name, value in row.values.items():
            question = name.startswith(prefix) and not name.endswith(NO_QUESTION)
            if question and (value in YES_NO or name in row.reasons):
                yield {
                    f"{domain}TERM": book.labels["SC", name],
                    f"{domain}CAT": category,
                    f"{domain}PRESP": "Y",
                    f"{domain}OCCUR": YES_NO.get(value or ""),
                    **not_done(domain, row, name),
                }


def not_done(domain: str, row: Row, name: str) -> Record:
    reason = row.reasons.get(name) if row[name] is None else None
    return {f"{domain}STAT": "NOT DONE", f"{domain}REASND": reason} if reason else {}


def symptoms(book: Book) -> Iterator[Record]:
    yield from prespecified(book, "CE", "SYMPTOM_", "COVID-19 MANIFESTATIONS")


def history(book: Book) -> Iterator[Record]:
    if onset := book.first("SC", "SYMPTOM_ONSET_DATE"):
        yield {"MHTERM": "COVID-19", "MHCAT": "PRIMARY DIAGNOSIS", "MHSTDTC": onset}
    yield from prespecified(book, "MH", "DISEASE_", "RISK FACTORS")


def disposition(book: Book) -> Iterator[Record]:
    milestones = (("CO", "GIVEN_AT", "INFORMED CONSENT OBTAINED"), ("RA", "RANDOMIZED_AT", "RANDOMIZED"))
    for form, when, term in milestones:
        for _form, row in book.of(form):
            yield disposed(term, "PROTOCOL MILESTONE", row[when])
    yield from departures(book)
    for _form, row in book.of("CB"):
        yield disposed("TREATMENT UNBLINDED", "OTHER EVENT", row["BROKEN_AT"]) | {
            "DSSCAT": upper(row["CATEGORY"])
        }


def departures(book: Book) -> Iterator[Record]:
    for _form, row in book.of("EL"):
        if row["DECISION"] == "screen_failure":
            yield disposed("SCREEN FAILURE", "DISPOSITION EVENT", row["ASSESSED_AT"])
    for _form, row in book.of("WD"):
        yield disposed(WITHDRAWALS[row["KIND"] or ""], "DISPOSITION EVENT", row["ON"])
    for _form, row in book.of("EN"):
        if row["STANDS"] == "Y":
            yield disposed(ENDINGS[row["KIND"] or ""], "DISPOSITION EVENT", row["ON"])


def disposed(term: str, category: str, when: str | None) -> Record:
    return {"DSTERM": term, "DSDECOD": term, "DSCAT": category, "DSSTDTC": when}


def unmet_criteria(book: Book) -> Iterator[Record]:
    """SDTM holds only what was not met; all verdicts are on form EL."""
    known = book.protocol.criterion_by_code
    for _form, row in book.of("EL"):
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


def finding(domain: str, test: tuple[str, str], value: str | None, unit: str = "", **more: Any) -> Record:
    code, name = test
    return {
        f"{domain}TESTCD": code,
        f"{domain}TEST": name,
        f"{domain}ORRES": value,
        f"{domain}ORRESU": unit if value and unit else None,
        f"{domain}STRESC": value,
        f"{domain}STRESN": number(value),
        f"{domain}STRESU": unit if value and unit else None,
    } | more


def number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def measured(book: Book, domain: str, form: str, row: Row, tests: dict, when: str | None) -> Iterator[Record]:
    for name, test in tests.items():
        if row[name] is not None or name in row.reasons:
            unit = book.units.get((form, name), "")
            found = finding(domain, test, row[name], unit, **{f"{domain}DTC": when})
            yield found | not_done(domain, row, name) | book.visit(row.visit)


def laboratory(book: Book) -> Iterator[Record]:
    for form, row in book.of("LB"):
        yield from measured(book, "LB", form, row, LABORATORY, row["SAMPLED_AT"])
    for form, row in book.of("SC"):
        pregnancy = {"PREGNANCY_TEST_RESULT": ("HCG", "Choriogonadotropin Beta")}
        yield from measured(book, "LB", form, row, pregnancy, row["PREGNANCY_TEST_DATE"])


def microbiology(book: Book) -> Iterator[Record]:
    for _form, row in book.of("SC"):
        for test, (code, method) in SARS_COV_2.items():
            result = row[f"{test}_RESULT"]
            if result and result != "not_done":
                name = "Severe Acute Resp Syndrome Coronavirus 2"
                sampled = row[f"{test}_SAMPLE_DATE"]
                yield finding("MB", (code, name), upper(result), MBMETHOD=method, MBDTC=sampled)


def response(book: Book) -> Iterator[Record]:
    for form, row in book.of("CP"):
        scale = {"SCORE": ("WHOCPS", "WHO Clinical Progression Scale")}
        for found in measured(book, "RS", form, row, scale, row["ASSESSED_AT"]):
            yield found | {"RSCAT": row["SCALE"]}


def vital_signs(book: Book) -> Iterator[Record]:
    times = {"SC": "VITAL_SIGNS_DATE", "OR": "RECHECKED_AT", "IV": "MEASURED_AT", "VS": "MEASURED_AT"}
    for form, row in book.of(*times):
        for found in measured(book, "VS", form, row, VITAL_SIGNS, row[times[form]]):
            yield found | time_point(book, row)


def time_point(book: Book, row: Row) -> Record:
    code = row["TIME_POINT"]
    if code is None:
        return {}
    name = book.decodes["IV", "TIME_POINT"][code]
    return {"VSTPT": name, "VSTPTNUM": int(code), "VSTPTREF": "START OF INFUSION"}


MAPPINGS: dict[str, Callable[[Book], Iterator[Record]]] = {
    "DM": demographics,
    "SV": visits,
    "CM": medications,
    "EC": exposure,
    "AE": adverse_events,
    "CE": symptoms,
    "DS": disposition,
    "MH": history,
    "IE": unmet_criteria,
    "LB": laboratory,
    "MB": microbiology,
    "RS": response,
    "VS": vital_signs,
}
