"""What a worker does: take one export after the other, write it, and say from a second thread how far it is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from threading import Event, Thread

from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.exports import actions
from trial_site.exports.manifest import Order
from trial_site.exports.models import Export, ExportFormat, ExportState
from trial_site.exports.wishes import Wish

WORKER = Actor.system("exports")
EVERY = 2.0
logger = logging.getLogger(__name__)


class Unwanted(Exception):
    """The export was cancelled, or another worker has taken it over."""


class Pulse:
    """Keeps the claim on an export while its file is written, from a thread with a connection of its own: the
    writing one is inside a transaction that cannot write."""

    def __init__(self, export: Export) -> None:
        self.export, self.done, self.total = export, 0, 0
        self.unwanted, self.over = False, Event()
        self.thread = Thread(target=self.run, daemon=True)

    def tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.unwanted:
            raise Unwanted

    def run(self) -> None:
        try:
            while not self.unwanted:
                self.unwanted = not actions.keep_claim(
                    self.export, done=self.done, total=self.total, by=WORKER, at=timezone.now()
                )
                if self.over.wait(EVERY):
                    return
        finally:
            connection.close()

    def __enter__(self) -> "Pulse":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()


def make_waiting_exports() -> None:
    """Every export that waits, one after the other."""
    while export := actions.claim_export(by=WORKER, at=timezone.now()):
        make(export)


def make(export: Export) -> None:
    try:
        with workshop(export) as partial, Pulse(export) as pulse:
            order = order_of(export)
            manifest, sha256 = actions.write_file(order, partial, pulse.tell)
            pulse.tell(pulse.total, pulse.total)
            partial.rename(partial.with_name(order.file_name))
        actions.finish_export(
            export, manifest=manifest, sha256=sha256, name=order.file_name, by=WORKER, at=timezone.now()
        )
    except Unwanted:
        forget(export)
    except Refused as refusal:
        fail(export, str(refusal))
    except Exception:
        logger.exception("Export %s failed", export.code)
        fail(export, _("An error stopped it. It has been recorded; ask for the export again."))


def fail(export: Export, sentence: str) -> None:
    actions.fail_export(export, sentence=sentence, by=WORKER, at=timezone.now())
    forget(export)


def order_of(export: Export) -> Order:
    """What was asked for, as far as the person may still have it."""
    staff = StaffMember.objects.select_related("site").filter(pk=export.made_by_id or 0).get()
    by, format, wish = (
        Actor.of(staff, at=timezone.now()),
        ExportFormat(export.format),
        Wish.read(export.asked),
    )
    with translation.override(staff.language):
        actions.require(by, actions.Task.EXPORT)
        selection = actions.select_for(by, format, wish, at=export.made_at)
    return Order(format, wish, selection, protocols.latest(), by, export.made_at)


def folder_of(export: Export) -> Path:
    return Path(settings.EXPORT_FOLDER) / export.code


def file_of(export: Export) -> Path:
    return folder_of(export) / export.file_name


@contextmanager
def workshop(export: Export) -> Iterator[Path]:
    """An empty folder and the name of the file to be; what a worker before left behind is cleared away."""
    folder = folder_of(export)
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    partial = folder / f"{export.attempts}.partial"
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def forget(export: Export) -> None:
    """No file of an export that nobody gets; another worker's stays."""
    export.refresh_from_db(fields=["state"])
    if export.state not in (ExportState.RUNNING, ExportState.READY):
        rmtree(folder_of(export), ignore_errors=True)


def clear_away() -> None:
    """Files whose time is over, and folders of nothing."""
    actions.forget_expired(by=WORKER, at=timezone.now())
    kept = set(
        Export.objects.filter(state__in=(ExportState.RUNNING, ExportState.READY)).values_list(
            "code", flat=True
        )
    )
    for folder in Path(settings.EXPORT_FOLDER).glob("*/"):
        if folder.name not in kept:
            rmtree(folder, ignore_errors=True)
