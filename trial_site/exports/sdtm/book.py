"""The exported forms of one participant, as the mappings read them, and what several mappings need."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import groupby
from operator import attrgetter
from typing import Any

from outcomes.rules.laboratory import Range
from trial_site.core.datasets import Dataset
from trial_site.core.protocol import Protocol
from trial_site.exports.dictionary import Variable, items
from trial_site.exports.languages import in_languages
from trial_site.exports.manifest import Order
from trial_site.exports.sdtm.beside import deviations_of, ranges_of
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.sql import ItemRow
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
# The highest of an illness was measured on no day that the form knows.
NOT_MEASURED_THEN = ("HIGHEST_TEMPERATURE_C",)
# CDASH and SDTM call the same thing differently.
CALLED = {"CMDSTXT": "CMDOSTXT"}


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
    """One record of a form, by variable: what it holds, and why it holds nothing. Instants are in the site's zone.

    read: which variables a domain has asked for; what none asks for becomes a record of XC, so that nothing is lost.
    """

    form: Form
    visit: str | None
    visit_repeat: str | None
    repeat: str | None
    values: dict[str, str | None]
    reasons: dict[str, str]
    read: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, form: Form, found: ItemRow, zone: tzinfo) -> "Row":
        values = {
            name: local(value, zone) if value and variable.shape.data_type == "datetime" else value
            for (name, variable), value in zip(form.variables.items(), found.values, strict=True)
        }
        reasons = {name.upper(): reason for name, reason in found.reasons.items()}
        return cls(form, found.visit, found.visit_repeat, found.repeat, values, reasons)

    def __getitem__(self, name: str) -> str | None:
        self.read.add(name)
        return self.values.get(name)

    def at(self, *cdash: str) -> str | None:
        name = self.form.named(*cdash)
        return self[name] if name else None


@dataclass(frozen=True)
class Book:
    """The exported forms of one participant, and what stands beside them: the deviations, and what the site's
    laboratory calls normal. `treatment` of whoever is randomized, in an unblinded export only."""

    number: str
    site: str
    zone: tzinfo
    rows: dict[str, list[Row]]
    protocol: Protocol
    deviations: list[Record] = field(default_factory=list)
    ranges: Mapping[str, list[Range]] = field(default_factory=dict)
    treatment: Treatment | None = None

    def of(self, *forms: str) -> Iterator[Row]:
        for form in forms:
            yield from self.rows.get(form, ())

    def all(self) -> Iterator[Row]:
        for rows in self.rows.values():
            yield from rows

    def first(self, form: str, name: str) -> str | None:
        return next((value for row in self.of(form) if (value := row[name])), None)

    @property
    def infused_from(self) -> str | None:
        """SDTM's reference start: the beginning of the first infusion."""
        return min((start for row in self.of("IN") if (start := row["STARTED_AT"])), default=None)

    @property
    def infused_until(self) -> str | None:
        return max((end for row in self.of("IN") if (end := row["STOPPED_AT"])), default=None)

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


def books(rows: Iterable[ItemRow], order: Order) -> Iterator[Book]:
    """Participant by participant; the forms are the same for all of them."""
    forms = {dataset.form: Form.of(dataset, items(dataset)) for dataset in order.selection.datasets}
    zones = {site.code: site.tz for site in order.selection.sites}
    deviations, ranges = deviations_of(order.selection), ranges_of(order.selection)
    treatments = order.disclosure.treatments if order.disclosure else {}
    for (number, site), found in groupby(rows, key=attrgetter("subject", "site")):
        by_form: dict[str, list[Row]] = {}
        for row in found:
            by_form.setdefault(row.form, []).append(Row.of(forms[row.form], row, zones[site]))
        yield Book(
            number,
            site,
            zones[site],
            by_form,
            order.protocol,
            deviations.get(number, []),
            ranges.get(site, {}),
            treatments.get(number),
        )


def local(instant: str, zone: tzinfo) -> str:
    """The same instant by the clock of the study site, so that its date is the site's date."""
    return datetime.fromisoformat(instant).astimezone(zone).isoformat()


def as_sdtm(cdash: str) -> str:
    """CDASH says DAT where SDTM says DTC."""
    return CALLED.get(cdash) or re.sub("DAT$", "DTC", cdash)


def declared(domain: Domain, row: Row) -> Record:
    """Every column of a form that is called as a variable of the domain."""
    names = {variable.name for variable in domain.variables}
    found: Record = {}
    for variable in row.form.variables.values():
        name = as_sdtm(variable.cdash)
        if name in names:
            found[name] = coded(variable, row[variable.name])
    return found


def listed(domain: Domain, book: Book) -> Iterator[Record]:
    """One record for each line of a log that the domain has as its form."""
    for row in book.of(domain.code):
        yield declared(domain, row)


def coded(variable: Variable, value: str | None) -> str | None:
    return upper(value) if variable.codelist and value else value


def upper(code: str | None) -> str | None:
    return code.replace("_", " ").upper() if code else None


def number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def not_done(domain: str, row: Row, name: str) -> Record:
    reason = row.reasons.get(name) if row[name] is None else None
    return {f"{domain}STAT": "NOT DONE", f"{domain}REASND": reason} if reason else {}
