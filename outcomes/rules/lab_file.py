"""A laboratory's file of results: one row per result, in the laboratory's units.

participant,sampled_at,test,value,unit
01-004,2026-03-17 08:30,CRP,1.2,mg/dL
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

COLUMNS = ("participant", "sampled_at", "test", "value", "unit")
MOST_ROWS = 5000
MOST_DIGITS = 12
TIME = "%Y-%m-%d %H:%M"
D = Decimal
CELLS = {"10*9/L": D(1), "10^9/L": D(1), "10⁹/L": D(1), "10*3/uL": D(1), "10^3/uL": D(1), "/uL": D("0.001")}
ENZYME = {"U/L": D(1), "IU/L": D(1)}
GRAMS = {"g/L": D(1), "g/dL": D(10)}
SECONDS = {"s": D(1), "sec": D(1)}
SALT = {"mmol/L": D(1), "mEq/L": D(1)}


@dataclass(frozen=True)
class Test:
    """Where a result belongs, and what its units are multiplied by to become the form's."""

    form: str
    field: str
    units: Mapping[str, Decimal]


# By the CDISC test code. Factors of substance concentrations rest on molar masses, rounded as laboratories do.
TESTS: dict[str, Test] = {
    "WBC": Test("LB", "wbc_10e9_l", CELLS),
    "LYM": Test("LB", "lymphocytes_10e9_l", CELLS),
    "CRP": Test("LB", "crp_mg_l", {"mg/L": D(1), "mg/dL": D(10)}),
    "INTLK6": Test("LB", "il6_pg_ml", {"pg/mL": D(1), "ng/L": D(1)}),
    "FERRITIN": Test("LB", "ferritin_ug_l", {"ug/L": D(1), "µg/L": D(1), "ng/mL": D(1)}),
    "DDIMER": Test("LB", "d_dimer_mg_l", {"mg/L": D(1), "ug/mL": D(1), "µg/mL": D(1), "ng/mL": D("0.001")}),
    "LDH": Test("LB", "ldh_u_l", ENZYME),
    "PROCAL": Test("LB", "procalcitonin_ng_ml", {"ng/mL": D(1), "ug/L": D(1), "µg/L": D(1)}),
    "HGB": Test("LH", "haemoglobin_g_l", GRAMS),
    "NEUT": Test("LH", "neutrophils_10e9_l", CELLS),
    "PLAT": Test("LH", "platelets_10e9_l", CELLS),
    "ALT": Test("LC", "alt_u_l", ENZYME),
    "AST": Test("LC", "ast_u_l", ENZYME),
    "BILI": Test("LC", "bilirubin_umol_l", {"umol/L": D(1), "µmol/L": D(1), "mg/dL": D("17.1")}),
    "CREAT": Test("LC", "creatinine_umol_l", {"umol/L": D(1), "µmol/L": D(1), "mg/dL": D("88.4")}),
    "UREA": Test("LC", "urea_mmol_l", {"mmol/L": D(1), "mg/dL": D("0.1665")}),
    "ALB": Test("LC", "albumin_g_l", GRAMS),
    "K": Test("LC", "potassium_mmol_l", SALT),
    "SODIUM": Test("LC", "sodium_mmol_l", SALT),
    "GLUC": Test("LC", "glucose_mmol_l", {"mmol/L": D(1), "mg/dL": D("0.0555")}),
    "PT": Test("LK", "prothrombin_time_s", SECONDS),
    "INR": Test("LK", "inr", {"": D(1), "1": D(1)}),
    "APTT": Test("LK", "aptt_s", SECONDS),
    "FIBRINO": Test("LK", "fibrinogen_g_l", {"g/L": D(1), "mg/dL": D("0.01")}),
}


@dataclass(frozen=True)
class Result:
    """A result in the form's unit; `line` of the file, the header being line 1."""

    line: int
    participant: str
    sampled_at: datetime
    form: str
    field: str
    value: Decimal


@dataclass(frozen=True)
class Fault:
    """Why a line cannot be read: a kind, for which the page has a sentence, and what stands there."""

    line: int
    kind: str
    found: str = ""


def read(text: str, *, zone: tzinfo) -> Iterator[Result | Fault]:
    """Every line, in order; times are the study site's. Tests of other panels are faults of kind `other_test`."""
    lines = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), skipinitialspace=True)
    try:
        yield from _read_lines(lines, zone)
    except csv.Error:
        yield Fault(lines.line_num + 1, "cell_too_long")


def _read_lines(lines: csv.DictReader, zone: tzinfo) -> Iterator[Result | Fault]:
    if tuple(lines.fieldnames or ()) != COLUMNS:
        yield Fault(1, "columns", ", ".join(COLUMNS))
        return
    seen: set[tuple[str, datetime, str]] = set()
    for number, row in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            yield Fault(number, "too_long", str(MOST_ROWS))
            return
        result = _read_line(number, row, zone)
        if isinstance(result, Result):
            key = (result.participant, result.sampled_at, result.field)
            if key in seen:
                result = Fault(number, "twice", row["test"])
            seen.add(key)
        yield result


def _read_line(number: int, row: Mapping[str | None, str | None], zone: tzinfo) -> Result | Fault:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if None in row or None in row.values():
        return Fault(number, "cells")
    if any("\0" in cell for cell in given.values()):
        return Fault(number, "character")
    test = TESTS.get(given["test"].upper())
    if test is None:
        return Fault(number, "other_test", given["test"])
    if given["unit"] not in test.units:
        return Fault(number, "unit", given["unit"])
    try:
        at = datetime.strptime(given["sampled_at"], TIME).replace(tzinfo=zone)
    except ValueError:
        return Fault(number, "time", given["sampled_at"])
    try:
        value = _finite(given["value"])
    except InvalidOperation:
        return Fault(number, "number", given["value"])
    if value.adjusted() >= MOST_DIGITS:
        return Fault(number, "impossible", given["test"])
    return Result(number, given["participant"], at, test.form, test.field, value * test.units[given["unit"]])


def _finite(text: str) -> Decimal:
    value = D(text)
    if not value.is_finite():
        raise InvalidOperation
    return value
