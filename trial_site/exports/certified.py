"""The certified copy of a study site's records (ICH E6(R3) C.1; EMA guideline 6.5): one zip with every casebook as
PDF, its audit trail, the whole history as archival ODM-XML, who certified it, and SHA256SUMS.

Whoever has the file and no system checks it with `sha256sum -c SHA256SUMS`.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from trial_site.core.permissions import Role
from trial_site.exports.casebook_pdf import document, require_letters
from trial_site.exports.casebook_print import Print
from trial_site.exports.csv_archive import Archive
from trial_site.exports.expressions import harmless
from trial_site.exports.languages import in_languages
from trial_site.exports.manifest import Order, Tell, manifest
from trial_site.exports.models import ExportFormat
from trial_site.exports.odm import counted, write_transactional
from trial_site.exports.selectors import subjects_of
from trial_site.exports.sql import item_rows

MEANING = _(
    "I certify that this is a complete and unaltered copy of the electronic records of this study site, with their"
    " audit trail and signatures, made from the locked records by the validated export of the system."
)
TRAIL = ("WHEN", "WHO", "WHAT", "CHANGE", "REASON")
SUMS = "SHA256SUMS"


def write_certified_copy(out: IO[bytes], order: Order, tell: Tell) -> dict[str, Any]:
    """Write the zip and return its manifest. Runs inside sql.snapshot(), for one study site."""
    require_letters()
    records = Counter({dataset.form: 0 for dataset in order.selection.datasets})
    with Archive(out) as archive:
        with translation.override("en"):
            for done in write_participants(archive, order, records):
                tell(done, subjects_of(order.selection).count())
        history = replace(order, format=ExportFormat.ODM_TRANSACTIONAL)
        with archive.file(f"odm/{history.file_name}") as file:
            write_transactional(file, history, tell)  # type: ignore[arg-type]
        with archive.file("CERTIFICATE.txt") as file:
            file.write(certificate(order).encode())
        made = manifest(order, records=records, files=list(archive.files), certified=certified(order))
        archive.manifest(made)
        sums = "".join(f"{file['sha256']}  {file['name']}\n" for file in archive.files)
        with archive.file(SUMS) as file:
            file.write(sums.encode())
    return made


def write_participants(archive: Archive, order: Order, records: Counter[str]) -> Iterator[int]:
    """The casebook and the audit trail of each participant; yields how many are written."""
    with closing(item_rows(order.selection)) as rows:
        found = groupby(counted(rows, records), key=attrgetter("subject"))
        for done, (number, of_subject) in enumerate(found, 1):
            printed = Print(order, number, list(of_subject)).data()
            with archive.file(f"casebooks/{number}.pdf") as file:
                file.write(document(order, printed))
            trail = ([harmless(cell) for cell in row] for row in printed["trail"])
            archive.table(f"audit-trail/{number}.csv", TRAIL, trail)
            yield done


def certified(order: Order) -> dict[str, Any]:
    """Who certified the copy, when, and what it means."""
    who = {"name": order.by.name, "role": order.by.role}
    return {"by": who, "at": order.instant, "meaning": in_languages(MEANING)}


def certificate(order: Order) -> str:
    [site], zone = order.selection.sites, order.selection.sites[0].tz
    facts = {
        "Study": f"{order.protocol.registry_id}, protocol version {order.protocol.version}",
        "Study site": str(site),
        "Certified by": f"{order.by.name}, {Role(order.by.role).label}",
        "Certified at": f"{order.at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key} ({order.instant})",
    }
    with translation.override("en"):
        told = "\n".join(f"{name}: {value}" for name, value in facts.items())
    meaning = "\n".join(in_languages(MEANING).values())
    return (
        f"Certified copy\n\n{told}\n\n{meaning}\n\n"
        f"Times in audit-trail/ and casebooks/ are of {zone.key}; the SHA-256 of every file is in {SUMS}:\n"
        f"sha256sum -c {SUMS}\n"
    )
