"""Making an export. A file is handed out only after the row that says who took what has been committed."""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from trial_site.audit.action import action
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, require
from trial_site.exports.blinded import select
from trial_site.exports.csv_archive import write_csv
from trial_site.exports.manifest import Order
from trial_site.exports.models import Export, ExportFormat
from trial_site.exports.odm import write_snapshot, write_transactional
from trial_site.exports.sql import snapshot

WRITERS = {
    ExportFormat.CSV: write_csv,
    ExportFormat.ODM_SNAPSHOT: write_snapshot,
    ExportFormat.ODM_TRANSACTIONAL: write_transactional,
}


def make_blinded_export(
    *,
    format: ExportFormat,
    by: Actor,
    at: datetime,
    directory: Path,
    forms: Collection[str] | None = None,
    participant: str = "",
    tell: Callable[[str], None] = lambda progress: None,
) -> Export:
    """Write `directory`/`export.file_name`. forms: codes, None for all; participant: a screening number.

    Not one @action but two transactions: the data are read in one that is read-only, the export is recorded in
    the next. Nothing is left behind when either fails.
    """
    if not by.is_system:
        require(by, Task.EXPORT)
    partial = directory / "export.partial"
    try:
        with partial.open("wb") as out, snapshot():
            selection = select(by, forms=forms, participant=participant)
            order = Order(format, selection, protocols.latest(), by, at)
            manifest = WRITERS[format](out, order, tell)
        export = record_export(order, manifest=manifest, sha256=sha256_of(partial), by=by)
        partial.rename(directory / export.file_name)
    finally:
        partial.unlink(missing_ok=True)
    return export


@action
def record_export(order: Order, *, manifest: dict[str, Any], sha256: str, by: Actor) -> Export:
    return Export.objects.create(
        format=order.format,
        made_by_id=by.id,
        made_at=order.at,
        sites=[site.code for site in order.selection.sites],
        forms=[dataset.form for dataset in order.selection.datasets],
        participant=order.selection.participant,
        file_name=order.file_name,
        sha256=sha256,
        manifest=manifest,
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
