"""Findings: what was measured, tested, asked and judged."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dosing.models import TimePoint
from outcomes.rules.laboratory import Range, flag_of, range_for
from trial_site.core.protocol import Kind
from trial_site.exports.sdtm.book import Book, Record, Row, coded, declared, local, not_done, number, upper
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.sdtm.special import years

SARS_COV_2 = {"PCR": "NUCLEIC ACID AMPLIFICATION", "ANTIGEN": "ANTIGEN TEST", "CULTURE": "VIRAL CULTURE"}
OTHER_VIRUSES = {"INFLUENZA": "INFLU", "ADENOVIRUS": "ADENO", "OTHER_VIRUS": "OTHVIR"}
PAIRED_TITRES = ("IGG_ACUTE", "IGG_CONVALESCENT")
START, END = "START OF INFUSION", "END OF INFUSION"
# What a time point is counted from, and the planned time since.
TIME_POINTS: dict[str, tuple[str, str | None]] = {
    TimePoint.BEFORE: (START, None),
    TimePoint.MIN15: (START, "PT15M"),
    TimePoint.MIN30: (START, "PT30M"),
    TimePoint.MIN60: (START, "PT60M"),
    TimePoint.END: (END, "PT0M"),
    TimePoint.END30: (END, "PT30M"),
    TimePoint.HOUR1: (END, "PT1H"),
    TimePoint.HOUR2: (END, "PT2H"),
    TimePoint.HOUR4: (END, "PT4H"),
    TimePoint.HOUR6: (END, "PT6H"),
    TimePoint.HOUR24: (END, "PT24H"),
}
REPRODUCTION = {"CHILDBEARING_POTENTIAL": "CHILDPOT", "PREGNANT": "PREGIND", "LACTATING": "LACTIND"}


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


def result(domain: str, test: str, label: str, value: str | None, on: str | None) -> Record:
    """A result that is a word, or the word that there was none."""
    tested = {f"{domain}TESTCD": test, f"{domain}TEST": label[:40], f"{domain}DTC": on}
    if value == "not_done":
        return tested | {f"{domain}STAT": "NOT DONE"}
    return tested | {f"{domain}ORRES": upper(value), f"{domain}STRESC": upper(value)}


def unmet_criteria(domain: Domain, book: Book) -> Iterator[Record]:
    """SDTM holds only what was not met; all verdicts are on form EL."""
    known = book.protocol.criterion_by_code
    for row in book.of("EL"):
        for code in (row["FAILED_CRITERIA"] or "[]").strip("[]").replace('"', "").split(", "):
            if code in known:
                inclusion = known[code].kind != Kind.EXCLUSION
                answer = "N" if inclusion else "Y"
                yield {
                    "IETESTCD": code,
                    "IETEST": known[code].title.en,
                    "IECAT": "INCLUSION" if inclusion else "EXCLUSION",
                    "IEORRES": answer,
                    "IESTRESC": answer,
                    "IEDTC": row["ASSESSED_AT"],
                }


def laboratory(domain: Domain, book: Book) -> Iterator[Record]:
    """Beside each result what the site's laboratory calls normal for this sex and age."""
    born, sex = book.first("SC", "BIRTH_DATE"), book.first("SC", "SEX")
    for row in book.all():
        for name, variable in row.form.variables.items():
            test = row.form.test(name, domain.code)
            if test and (row[name] is not None or name in row.reasons):
                found = finding(domain, test, name, row)
                age = years(born, found["LBDTC"])
                ranges = book.ranges.get(variable.field, [])
                normal = None if age is None else range_for(ranges, sex=sex or "", age=age)
                yield found | within(row[name], normal) | book.visit(row)
    for row in book.of("SC"):
        tested = row["PREGNANCY_TEST_RESULT"]
        if tested:
            label = row.form.label("PREGNANCY_TEST_RESULT")
            yield result("LB", "HCG", label, tested, row["PREGNANCY_TEST_DATE"])


def within(value: str | None, normal: Range | None) -> Record:
    if normal is None or value is None:
        return {}
    flag = flag_of(Decimal(value), normal)
    ends = {"LBORNRLO": normal.low, "LBORNRHI": normal.high}
    return {
        **{name: None if end is None else str(end) for name, end in ends.items()},
        "LBSTNRLO": None if normal.low is None else float(normal.low),
        "LBSTNRHI": None if normal.high is None else float(normal.high),
        "LBNRIND": flag.upper() if flag else "NORMAL",
    }


def microbiology(domain: Domain, book: Book) -> Iterator[Record]:
    yield from findings(domain, book)
    for row in book.of("SC"):
        for test, method in SARS_COV_2.items():
            found = row[f"{test}_RESULT"]
            if found:
                told = result("MB", "SARSCOV2", "SARS-CoV-2", found, row[f"{test}_SAMPLE_DATE"])
                yield told | {"MBMETHOD": method}
        for virus, code in OTHER_VIRUSES.items():
            found = row[f"{virus}_RESULT"]
            if found:
                yield result("MB", code, row.form.label(f"{virus}_RESULT"), found, None)
    for row in book.of("RI"):
        again = result("MB", "SARSCOV2", "SARS-CoV-2", "positive", row["DETECTED_ON"])
        yield again | {"MBCAT": "REINFECTION", "MBMETHOD": SARS_COV_2.get((row["METHOD"] or "").upper())}


def immunogenicity(domain: Domain, book: Book) -> Iterator[Record]:
    yield from findings(domain, book)
    for row in book.of("SC"):
        for sample in PAIRED_TITRES:
            titre = row[f"{sample}_TITRE"]
            if titre is not None:
                label = row.form.label(f"{sample}_TITRE")
                yield result("IS", "IGGTIT", label, titre, row[f"{sample}_DATE"]) | {
                    "ISSTRESN": number(titre)
                }


def reproduction(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("SC"):
        for name, test in REPRODUCTION.items():
            if row[name] or name in row.reasons:
                told = result("RP", test, row.form.label(name), row[name], None)
                yield told | not_done("RP", row, name)
    yield from findings(domain, book)


def survival(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("VT"):
        told = result("SS", "SURVSTAT", "Survival Status", row["STATUS"], row["ASCERTAINED_ON"])
        yield told | {"SSEVAL": upper(row["SOURCE"])} | book.visit(row)


def accountability(domain: Domain, book: Book) -> Iterator[Record]:
    """What left the pharmacy in each bag and what came back; from the sealed room, so unblinded only."""
    for bag in book.treatment.bags.values() if book.treatment else ():
        if bag.handed_over_at:
            yield amount("DISPAMT", "Dispensed Amount", bag.bag, bag.volume_ml, bag.handed_over_at, book)
        if bag.returned_at:
            yield amount("RETAMT", "Returned Amount", bag.bag, bag.residual_ml, bag.returned_at, book)


def amount(test: str, label: str, bag: str, volume: Decimal | None, at: Any, book: Book) -> Record:
    told = None if volume is None else str(volume)
    unit = None if volume is None else "mL"
    return result("DA", test, label, told, local(at.isoformat(), book.zone)) | {
        "DAREFID": bag,
        "DAORRESU": unit,
        "DASTRESN": number(told),
        "DASTRESU": unit,
    }


def unmapped(domain: Domain, book: Book) -> Iterator[Record]:
    """Whatever was collected and no other domain has taken. Comes last."""
    for row in book.all():
        left = [name for name in row.form.variables if name not in row.read]
        for name in left:
            if row[name] is not None or name in row.reasons:
                yield answer(row, name) | book.visit(row)


def answer(row: Row, name: str) -> Record:
    value = coded(row.form.variables[name], row[name])
    place = list(row.form.variables).index(name) + 1
    return {
        "XCTESTCD": f"{row.form.code}{place:03}",
        "XCTEST": row.form.label(name)[:40],
        "XCCAT": row.form.code,
        "XCSPID": row.repeat,
        "XCORRES": value,
        "XCSTRESC": value,
        "XCDTC": when(row, "XC"),
        **not_done("XC", row, name),
    }


def vital_signs(domain: Domain, book: Book) -> Iterator[Record]:
    """Around an infusion the time points are counted from its start or its end."""
    for row in book.all():
        point = row["TIME_POINT"] if row.form.code == "IV" else None
        timing: Record = {}
        if point is not None:
            name, (reference, elapsed) = row.form.decode("TIME_POINT", point), TIME_POINTS[point]
            timing = {"VSTPT": name, "VSTPTNUM": int(point), "VSTPTREF": reference, "VSELTM": elapsed}
        for found in findings(domain, replace(book, rows={row.form.code: [row]})):
            yield found | timing
