"""The ODM 1.3.2 files: the Snapshot is the current state of the data, the Transactional file its whole history.

Transactional and Archival="Yes" is the claim of 21 CFR Part 11 that nothing is left out, so only a file with every
form makes it.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from lxml import etree

from trial_site.core.context import RELEASE
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol
from trial_site.exports.blinded import Selection
from trial_site.exports.dictionary import Codelist
from trial_site.exports.history import actors_of
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.models import ExportFormat
from trial_site.exports.odm_clinical import flag, quoted, subjects
from trial_site.exports.odm_history import HistoryWriter
from trial_site.exports.odm_metadata import NAMESPACE, Element, study, version_oid
from trial_site.exports.odm_people import admin_data, machine, staff
from trial_site.exports.selectors import people_of, subjects_of
from trial_site.exports.signatures import standing_signatures
from trial_site.exports.sql import ItemRow, counts, item_rows
from trial_site.exports.unblinded import Disclosure, arms_of

EVERY = 10
# The type of the flag that says the arm.
ARM_FLAG = Codelist("ARM_FLAG", (("ARM", _("Arm")),))


def write_snapshot(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the file and return its manifest. Runs inside sql.snapshot()."""
    chosen, records = order.selection, Counter({dataset.form: 0 for dataset in order.selection.datasets})
    named = () if chosen.deidentified else people_of(chosen)
    people = [staff(person, chosen.sites) for person in named]
    with closing(item_rows(chosen)) as rows:
        write(out, order, people, snapshot_of(counted(rows, records), order), tell)
    return manifest(order, records=records)


def snapshot_of(rows: Iterator[ItemRow], order: Order) -> Iterator[str]:
    notes = dict(arm_notes(order.protocol, order.disclosure)) if order.disclosure else {}
    signed = standing_signatures(order)
    return subjects(rows, order.selection.datasets, order.protocol, signed, notes)


def arm_notes(protocol: Protocol, disclosure: Disclosure) -> Iterator[tuple[str, str]]:
    """The arm of each participant as an annotation with a flag."""
    arms, kind = arms_of(protocol, disclosure), ARM_FLAG.items[0][0]
    for number, treatment in disclosure.treatments.items():
        told = flag(arms, quoted(treatment.arm), kind, ARM_FLAG)
        yield number, f'<Annotation SeqNum="1">{told}</Annotation>'


def write_transactional(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the file and return its manifest. Runs inside sql.snapshot()."""
    chosen, writer = order.selection, HistoryWriter(order.selection, order.protocol)
    history = ("".join(writer.subject(subject)) for subject in subjects_of(chosen).iterator())
    write(out, order, people_of_history(chosen), history, tell)
    return manifest(order, records={dataset.form: counts(dataset, chosen) for dataset in chosen.datasets})


def people_of_history(chosen: Selection) -> Iterator[Element]:
    """Whoever made the history. Those who signed or asked are among them."""
    actors = list(actors_of(chosen, subjects_of(chosen)))
    persons = {person for person, _name, _login in actors if person is not None}
    for person in StaffMember.objects.filter(pk__in=persons).select_related("site").order_by("pk"):
        yield staff(person, chosen.sites)
    nobody = {(name or "", "" if name else login) for person, name, login in actors if person is None}
    yield from (machine(name, login) for name, login in sorted(nobody))


def write(
    out: IO[bytes], order: Order, people: Iterable[Element], clinical: Iterable[str], tell: Tell
) -> None:
    chosen = order.selection
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{NAMESPACE}}}ODM", root_attributes(order), nsmap={None: NAMESPACE}):
            xml.write(study(order.protocol, chosen.datasets, beside(order)))
            xml.write(admin_data(order.protocol, people, chosen.sites))
            with xml.element(f"{{{NAMESPACE}}}ClinicalData", clinical_attributes(order)):
                xml.flush()
                total = subjects_of(chosen).count()
                for number, subject in enumerate(clinical, 1):
                    out.write(subject.encode())
                    if number % EVERY == 0:
                        tell(number, total)


def beside(order: Order) -> tuple[Codelist, ...]:
    """Codelists that no form has: the arms, in an unblinded file."""
    return (ARM_FLAG, arms_of(order.protocol, order.disclosure)) if order.disclosure else ()


def counted(rows: Iterable[ItemRow], records: Counter[str]) -> Iterator[ItemRow]:
    for row in rows:
        records[row.form] += 1
        yield row


def root_attributes(order: Order) -> dict[str, str]:
    chosen = order.selection
    transactional = order.format == ExportFormat.ODM_TRANSACTIONAL
    return {
        "ODMVersion": "1.3.2",
        "FileType": "Transactional" if transactional else "Snapshot",
        "Granularity": "SingleSubject" if len(chosen.participants) == 1 else "All",
        **({"Archival": "Yes"} if transactional and chosen.is_whole else {}),
        "FileOID": file_oid(order),
        "CreationDateTime": order.instant,
        "AsOfDateTime": order.data_instant,
        "SourceSystem": "trial-site",
        "SourceSystemVersion": RELEASE,
    }


def file_oid(order: Order) -> str:
    """Different for every export that may differ, the same for the same export asked for twice."""
    asked = manifest(order, records={}) | {"forms": [dataset.form for dataset in order.selection.datasets]}
    return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(asked, sort_keys=True)).urn


def clinical_attributes(order: Order) -> dict[str, str]:
    return {"StudyOID": order.protocol.registry_id, "MetaDataVersionOID": version_oid(order.protocol)}
