"""The ODM 1.3.2 Snapshot: the current state of the data (the history is in the Transactional file)."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import IO, Any

from lxml import etree

from trial_site.core.context import RELEASE
from trial_site.exports.manifest import Order, manifest
from trial_site.exports.odm_clinical import subjects
from trial_site.exports.odm_metadata import NAMESPACE, admin_data, study, version_oid
from trial_site.exports.selectors import people_of
from trial_site.exports.sql import ItemRow, item_rows

EVERY = 100


def write_snapshot(out: IO[bytes], order: Order, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write the file and return its manifest. Runs inside sql.snapshot()."""
    chosen, records = order.selection, Counter({dataset.form: 0 for dataset in order.selection.datasets})
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{NAMESPACE}}}ODM", root_attributes(order), nsmap={None: NAMESPACE}):
            xml.write(study(order.protocol, chosen.datasets))
            xml.write(admin_data(order.protocol, people_of(chosen), chosen.sites))
            clinical = xml.element(f"{{{NAMESPACE}}}ClinicalData", clinical_attributes(order))
            with clinical, closing(item_rows(chosen)) as rows:
                xml.flush()
                found = subjects(counted(rows, records), chosen.datasets, order.protocol)
                for number, subject in enumerate(found, 1):
                    out.write(subject.encode())
                    if number % EVERY == 0:
                        tell(f"{number}")
    return manifest(order, records=records)


def counted(rows: Iterable[ItemRow], records: Counter[str]) -> Iterator[ItemRow]:
    for row in rows:
        records[row.form] += 1
        yield row


def root_attributes(order: Order) -> dict[str, str]:
    chosen = order.selection
    return {
        "ODMVersion": "1.3.2",
        "FileType": "Snapshot",
        "Granularity": "SingleSubject" if chosen.participant else "All",
        "FileOID": file_oid(order),
        "CreationDateTime": order.instant,
        "AsOfDateTime": order.instant,
        "SourceSystem": "trial-site",
        "SourceSystemVersion": RELEASE,
    }


def file_oid(order: Order) -> str:
    """Different for every export that may differ, the same for the same export asked for twice."""
    asked = manifest(order, records={}) | {"forms": [dataset.form for dataset in order.selection.datasets]}
    return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(asked, sort_keys=True)).urn


def clinical_attributes(order: Order) -> dict[str, str]:
    return {"StudyOID": order.protocol.registry_id, "MetaDataVersionOID": version_oid(order.protocol)}
