"""Derived endpoints as one CSV file: a row per endpoint, and per value with its baseline and difference."""

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from django.utils import translation

from outcomes.datasets.derived import ENDPOINTS
from outcomes.rules.derived import PRIMARY_DAY
from outcomes.selectors import Derived, derived
from trial_site.core.datasets import Origin
from trial_site.exports.dictionary import items
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.selectors import subjects_of

COLUMNS = (
    *("STUDYID", "SITEID", "SUBJECT", "PARAMCD", "PARAM", "UNIT", "VISIT", "ADY", "AVAL", "BASE", "CHG"),
    *("CNSR", "BY_DAY_28", "ORIGIN"),
)
CONVENTIONS = {
    "ADY": "days from randomization, which is day 0",
    "AVAL": "the value; of a time to an event its days",
    "BASE": "the last value up to the minute in which the infusion started; without one, up to randomization; "
    "CHG: AVAL - BASE",
    "CNSR": "0: the event happened; 1: it had not, on the last day it was looked for",
    "BY_DAY_28": "Y or N; empty while it is not known",
    "ORIGIN": "Derived: computed when the file was written; the audit trail has the values it follows from",
}
Row = dict[str, Any]
KNOWN = {True: "Y", False: "N", None: ""}


def write_derived(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the file and return its manifest. Runs inside sql.snapshot()."""
    chosen = order.selection
    forms = {dataset.form for dataset in chosen.datasets}
    keys = list(subjects_of(chosen).values_list("pk", flat=True))
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    labels, rows = labels_of(order), 0
    with translation.override("en"):
        for number, found in enumerate(derived(keys, forms=forms, at=order.wish.as_of or order.at), 1):
            about = {
                "STUDYID": order.protocol.registry_id,
                "SITEID": found.subject.site.code,
                "SUBJECT": found.subject.number,
                "ORIGIN": str(Origin.DERIVED.label).capitalize(),
            }
            for row in (*times(found), *differences(found, labels)):
                writer.writerow(about | row)
                rows += 1
            tell(number, len(keys))
    text.detach()
    return manifest(order, records={"derived": rows}, conventions=CONVENTIONS)


def labels_of(order: Order) -> dict[tuple[str, str], Row]:
    """(form, field) -> what a column of it is called, in English, and its unit."""
    with translation.override("en"):
        return {
            (dataset.form, item.field): {
                "PARAMCD": f"{dataset.form}.{item.name}",
                "PARAM": str(item.label),
                "UNIT": item.unit,
            }
            for dataset in order.selection.datasets
            for item in items(dataset)
        }


def times(found: Derived) -> Iterator[Row]:
    for endpoint, time in found.times.items():
        if time is not None:
            yield {
                "PARAMCD": endpoint.value,
                "PARAM": str(ENDPOINTS[endpoint]),
                "UNIT": "d",
                "ADY": time.day,
                "AVAL": time.day,
                "CNSR": 0 if time.happened else 1,
                "BY_DAY_28": KNOWN[time.within(PRIMARY_DAY)],
            }


def differences(found: Derived, labels: dict[tuple[str, str], Row]) -> Iterator[Row]:
    for key, changes in found.changes.items():
        for change in changes:
            yield labels[key] | {
                "VISIT": change.measured.visit,
                "ADY": (change.measured.on - found.since).days,
                "AVAL": change.measured.value,
                "BASE": change.base.value,
                "CHG": change.difference,
            }
