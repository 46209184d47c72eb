"""Events: what happened to participants."""

from collections.abc import Iterator

from trial_site.exports.sdtm.book import YES_NO, Book, Record, Row, declared, listed, not_done, upper
from trial_site.exports.sdtm.domains import Domain

# What belongs to a question of the screening form without being one.
NO_QUESTION = ("_DATE", "_TEXT", "_ACCEPTED")
# Conditions of the screening form that are asked by a word, or by yes and no, with the date where it has one.
CONDITIONS = (
    *("MYOCARDIAL_INFARCTION", "CEREBRAL_INFARCTION", "TUMOUR", "PRECANCER", "IMMUNE_DEFICIENCY"),
    *("MENTAL_ILLNESS", "ADDICTION", "ACTIVE_TUBERCULOSIS"),
)
ABSENT, UNKNOWN = ("none", "no"), "unknown"
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


def adverse_events(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("AE"):
        yield declared(domain, row) | {
            "AESPID": row.repeat,
            "AEOUT": OUTCOMES.get(row["OUTCOME"] or ""),
            "AESTDTC": with_time(row["STARTED_ON"], row["STARTED_TIME"]),
            "AEENDTC": with_time(row["ENDED_ON"], row["ENDED_TIME"]),
        }


def with_time(day: str | None, time: str | None) -> str | None:
    return f"{day}T{time}" if day and time else day


def deviations(domain: Domain, book: Book) -> Iterator[Record]:
    yield from book.deviations


def prespecified(book: Book, domain: str, prefix: str, category: str) -> Iterator[Record]:
    """The yes and no questions of the screening form whose names begin with `prefix`."""
    for row in book.of("SC"):
        for name, value in row.values.items():
            question = name.startswith(prefix) and not name.endswith(NO_QUESTION)
            if question and (value in YES_NO or name in row.reasons):
                row.read.add(name)
                yield {
                    f"{domain}TERM": row.form.label(name),
                    f"{domain}CAT": category,
                    f"{domain}PRESP": "Y",
                    f"{domain}OCCUR": YES_NO.get(value or ""),
                    **not_done(domain, row, name),
                }


def clinical_events(domain: Domain, book: Book) -> Iterator[Record]:
    yield from prespecified(book, "CE", "SYMPTOM_", "COVID-19 MANIFESTATIONS")
    for row in book.of("SY"):
        for name, variable in row.form.variables.items():
            asked = variable.cdash.endswith("_CESEV") and (row[name] is not None or name in row.reasons)
            if asked:
                yield symptom(row, name) | book.visit(row)
    for row in book.of("RE"):
        yield declared(domain, row) | {"CECAT": "INFUSION REACTION"}


def symptom(row: Row, name: str) -> Record:
    return {
        "CETERM": row.form.label(name),
        "CECAT": "COVID-19 SYMPTOMS",
        "CEPRESP": "Y",
        "CEOCCUR": None if row[name] is None else "N" if row[name] == "0" else "Y",
        "CESEV": upper(row.form.decode(name, row[name])),
        "CEDTC": row["ASSESSED_AT"],
        **not_done("CE", row, name),
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
    for row in book.of("SC"):
        yield from (condition(row, name) for name in CONDITIONS if row[name] or name in row.reasons)


def condition(row: Row, name: str) -> Record:
    value = row[name]
    occurred = None if value in (None, UNKNOWN) else "N" if value in ABSENT else "Y"
    return {
        "MHTERM": row.form.label(name),
        "MHCAT": "CONDITIONS OF THE CRITERIA",
        "MHPRESP": "Y",
        "MHOCCUR": occurred,
        "MHSCAT": upper(value),
        "MHSTDTC": row[f"{name}_DATE"] or None,
        **not_done("MH", row, name),
    }


def hospital_stays(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("HO"):
        yield declared(domain, row) | {"HOTERM": "HOSPITAL STAY"}
        if row["INTENSIVE_CARE"]:
            yield {
                "HOTERM": "INTENSIVE CARE",
                "HOPRESP": "Y",
                "HOOCCUR": YES_NO.get(row["INTENSIVE_CARE"]),
                "HOSTDTC": row["ICU_ADMITTED_ON"],
            }


def disposition(domain: Domain, book: Book) -> Iterator[Record]:
    milestones = (("CO", "GIVEN_AT", "INFORMED CONSENT OBTAINED"), ("RA", "RANDOMIZED_AT", "RANDOMIZED"))
    for form, when, term in milestones:
        for row in book.of(form):
            yield disposed(term, "PROTOCOL MILESTONE", row[when])
    yield from departures(book)
    for row in book.of("ER"):
        erred = disposed("RANDOMIZED IN ERROR", "OTHER EVENT", row["RECORDED_AT"])
        yield erred | {"DSTERM": row["WHY"] or erred["DSTERM"]}
    for row in book.of("CB"):
        broken = disposed("TREATMENT UNBLINDED", "OTHER EVENT", row["BROKEN_AT"])
        yield broken | {"DSSCAT": upper(row["CATEGORY"])}


def departures(book: Book) -> Iterator[Record]:
    for row in book.of("EL"):
        if row["DECISION"] == "screen_failure":
            yield disposed("SCREEN FAILURE", "DISPOSITION EVENT", row["ASSESSED_AT"])
        else:
            yield disposed("ELIGIBILITY CRITERIA MET", "PROTOCOL MILESTONE", row["ASSESSED_AT"])
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
