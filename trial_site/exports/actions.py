"""Exports as work: asked for, taken by one worker, written, handed out, forgotten.

The data are read in a transaction that is read-only; every step of the row is a short one of its own, so that a
worker can die at any place: its claim lapses, the next one starts over, and one file remains.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from randomization import unblinding
from randomization.selectors import study_unblinding
from trial_site.audit.action import action
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Notice, StaffMember, StudySite
from trial_site.core.permissions import Task, require
from trial_site.core.signing import require_password
from trial_site.exports.blinded import Selection, select
from trial_site.exports.casebook_pdf import write_casebooks
from trial_site.exports.certified import write_certified_copy
from trial_site.exports.csv_archive import write_csv
from trial_site.exports.derived import write_derived
from trial_site.exports.manifest import Order, Tell
from trial_site.exports.models import UNFINISHED, Export, ExportFormat, ExportState
from trial_site.exports.odm import write_snapshot, write_transactional
from trial_site.exports.sdtm.tabulations import write_tabulations
from trial_site.exports.selectors import is_locked
from trial_site.exports.sql import snapshot
from trial_site.exports.unblinded import FORMATS, IN_THE_FILE_ONLY, disclosed, whole_study
from trial_site.exports.wishes import Only, Wish

WRITERS: dict[ExportFormat, Callable[..., dict[str, Any]]] = {
    ExportFormat.CSV: write_csv,
    ExportFormat.ODM_SNAPSHOT: write_snapshot,
    ExportFormat.ODM_TRANSACTIONAL: write_transactional,
    ExportFormat.DATASET_JSON: write_tabulations,
    ExportFormat.PDF: write_casebooks,
    ExportFormat.DERIVED: write_derived,
    ExportFormat.CERTIFIED: write_certified_copy,
}
CLAIM = timedelta(seconds=30)
# Counted from the beginning of the day.
KEPT = timedelta(days=8)
NOTICE = "export"


@action
def order_export(*, format: ExportFormat, wish: Wish, by: Actor, at: datetime) -> Export:
    """Ask for an export; a worker writes it. Refused for what is not theirs to export."""
    require(by, Task.EXPORT)
    refuse_uncertified(format)
    selection = select_for(by, format, wish, at=at)
    return Export.objects.create(made_by_id=by.person_id, **described(format, wish, selection, at=at))


@action
def order_certified_copy(site: StudySite, *, password: str, by: Actor, at: datetime) -> Export:
    """Certify the copy that a worker then writes, of a locked study site, by name and password of who asks."""
    require(by, Task.LOCK, site.pk)
    require(by, Task.EXPORT, site.pk)
    format, wish = ExportFormat.CERTIFIED, Wish(sites=(site.code,))
    selection = select_for(by, format, wish, at=at)
    staff = StaffMember.objects.get(pk=by.person_id)
    wrong = _("This is not your password. Nothing was certified.")
    require_password(staff, password, field="password", wrong=wrong)
    return Export.objects.create(made_by_id=by.person_id, **described(format, wish, selection, at=at))


def refuse_uncertified(format: ExportFormat) -> None:
    if format == ExportFormat.CERTIFIED:
        raise Refused(fields={"format": _("A certified copy is signed for, on the page of the close-out.")})


def select_for(by: Actor, format: ExportFormat, wish: Wish, *, at: datetime) -> Selection:
    if wish.as_of and wish.as_of > at:
        raise Refused(fields={"as_of": _("This instant has not come yet.")})
    if format == ExportFormat.ODM_TRANSACTIONAL and (
        wish.visits or wish.only != Only.ALL or wish.deidentified
    ):
        whole = _(
            "The history is exported whole: of all visits, signed or not, and with its dates and texts."
        )
        raise Refused(fields={"format": whole})
    if format == ExportFormat.DERIVED and (wish.visits or wish.only != Only.ALL):
        raise Refused(fields={"format": _("Endpoints follow from all visits and records of a participant.")})
    if format == ExportFormat.CERTIFIED and not all(map(is_locked, wish.sites)):
        raise Refused(_("A study site is locked before its records are copied for good."))
    if format == ExportFormat.PDF and wish.deidentified:
        raise Refused(fields={"format": _("A casebook shows the audit trail: it cannot be de-identified.")})
    return select(by, wish)


def described(format: ExportFormat, wish: Wish, selection: Selection, *, at: datetime) -> dict[str, Any]:
    return {
        "format": format,
        "made_at": at,
        "asked": wish.written(),
        "sites": [site.code for site in selection.sites],
        "forms": [dataset.form for dataset in selection.datasets],
    }


@action(durable=True)
def claim_export(*, by: Actor, at: datetime) -> Export | None:
    """Take an export that waits, or whose worker has not been heard of; those that others are taking are skipped."""
    free = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, claimed_until__lt=at)
    export = Export.objects.select_for_update(skip_locked=True).filter(free).order_by("id").first()
    if export is not None:
        export.state, export.attempts = ExportState.RUNNING, export.attempts + 1
        export.claimed_until, export.done = at + CLAIM, 0
        export.save(update_fields=["state", "attempts", "claimed_until", "done"])
    return export


@action(durable=True)
def keep_claim(export: Export, *, done: int, total: int, by: Actor, at: datetime) -> bool:
    """Say how far the work is. False when it is not wanted any more, or somebody else has taken it."""
    return bool(held(export).update(done=done, total=total, claimed_until=at + CLAIM))


def held(export: Export):
    return Export.objects.filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts)


def write_file(order: Order, path: Path, tell: Tell) -> tuple[dict[str, Any], str]:
    """Write the file; returns its manifest and SHA-256."""
    with path.open("wb") as out, snapshot(order.wish.as_of):
        manifest = WRITERS[order.format](out, order, tell)
    return manifest, sha256_of(path)


@action(durable=True)
def finish_export(
    export: Export, *, manifest: dict[str, Any], sha256: str, name: str, by: Actor, at: datetime
) -> None:
    """The file is in its place: hand it out from now on, and tell whoever asked. Only for who holds the claim."""
    finished = held(export).update(
        state=ExportState.READY,
        manifest=manifest,
        sha256=sha256,
        file_name=name,
        expires_at=kept_until(export, at),
        done=1,
        total=1,
    )
    if finished:
        export.refresh_from_db()
        tell_whoever_asked(export, at=at)


def kept_until(export: Export, at: datetime) -> datetime | None:
    """A certified copy is the site's, and kept."""
    if export.format == ExportFormat.CERTIFIED:
        return None
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + KEPT


def tell_whoever_asked(export: Export, *, at: datetime) -> None:
    person, site = export.made_by, export.first_site
    if person is not None and site is not None:
        Notice.objects.create(
            key=f"{NOTICE}:{export.code}",
            kind=NOTICE,
            recipient=person,
            site=person.site or site,
            on=site.date_of(at),
            planned_at=at,
            next_attempt_at=at,
        )


@action(durable=True)
def fail_export(export: Export, *, sentence: str, by: Actor, at: datetime) -> None:
    held(export).update(state=ExportState.FAILED, failure=sentence)


@action
def cancel_export(export: Export, *, by: Actor, at: datetime) -> None:
    """Its worker notices within seconds and leaves nothing behind."""
    require(by, Task.EXPORT)
    if not Export.objects.filter(pk=export.pk, state__in=UNFINISHED).update(state=ExportState.CANCELLED):
        raise Refused(_("This export is not waiting any more. Nothing was changed."))


@action
def hand_out(export: Export, *, by: Actor, at: datetime) -> None:
    """Note that the file leaves; the history says to whom and when.

    A certified copy is for whoever reads the forms of its study site.
    """
    certified = export.format == ExportFormat.CERTIFIED
    site = export.first_site if certified else None
    require(by, Task.VIEW_CASEBOOK if certified else Task.EXPORT, site.pk if site else None)
    ready = Export.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at), pk=export.pk, state=ExportState.READY
    )
    if not ready.update(taken=F("taken") + 1):
        raise Refused(_("This file is not kept any more. Ask for the export again."))


@action
def forget_expired(*, by: Actor, at: datetime) -> None:
    Export.objects.filter(state=ExportState.READY, expires_at__lte=at).update(state=ExportState.GONE)


def make_blinded_export(
    *,
    format: ExportFormat,
    by: Actor,
    at: datetime,
    directory: Path,
    wish: Wish | None = None,
    tell: Tell = lambda done, total: None,
) -> Export:
    """Write `directory`/`export.file_name` at once, for a script; the file is not kept anywhere else.

    Nothing is left behind when it fails.
    """
    if not by.is_system:
        require(by, Task.EXPORT)
    refuse_uncertified(format)
    wish = wish or Wish()
    order = Order(format, wish, select_for(by, format, wish, at=at), protocols.latest(), by, at)
    return write_at_once(order, directory, tell)


def make_unblinded_export(
    *, format: ExportFormat, why: str, deidentified: bool, by: Actor, at: datetime, directory: Path
) -> Export:
    """Write the whole study with its treatments to `directory`/`export.file_name`; the file is kept nowhere else.

    Who looks and why is committed first. Refused unless two people have unblinded the study and the database is
    still locked.
    """
    require(by, Task.UNBLIND_STUDY)
    found = study_unblinding()
    if found is None:
        raise Refused(_("The study is not unblinded. Nothing was exported."))
    if format not in FORMATS:
        raise Refused(fields={"format": _("There is no unblinded export in this format.")})
    access, wish = unblinding.record_look(found, why=why, by=by), Wish(deidentified=deidentified)
    treatments = disclosed(access, wish, by=by)
    order = Order(format, wish, whole_study(wish), protocols.latest(), by, at, treatments)
    return write_at_once(order, directory, tell=lambda done, total: None)


def write_at_once(order: Order, directory: Path, tell: Tell) -> Export:
    partial = directory / "export.partial"
    try:
        manifest, sha256 = write_file(order, partial, tell)
        export = record_export(order, manifest=manifest, sha256=sha256, by=order.by)
        partial.rename(directory / export.file_name)
    finally:
        partial.unlink(missing_ok=True)
    return export


@action
def record_export(order: Order, *, manifest: dict[str, Any], sha256: str, by: Actor) -> Export:
    hidden = IN_THE_FILE_ONLY if order.disclosure else ()
    return Export.objects.create(
        made_by_id=by.id,
        state=ExportState.GONE,
        file_name=order.file_name,
        sha256=sha256,
        manifest={name: value for name, value in manifest.items() if name not in hidden},
        access=order.disclosure.access if order.disclosure else None,
        **described(order.format, order.wish, order.selection, at=order.at),
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
