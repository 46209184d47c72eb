"""What an export was made of: who, when, which data by which versions, and every column withheld and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trial_site.audit.models import Seal
from trial_site.core.actors import Actor
from trial_site.core.context import RELEASE
from trial_site.core.protocol import Protocol
from trial_site.exports.blinded import Selection
from trial_site.exports.models import ExportFormat
from trial_site.exports.unblinded import Disclosure, unblinded_by
from trial_site.exports.wishes import Casebook, Wish

# Called with how much is done and how much there is; may raise to end the work.
Tell = Callable[[int, int], None]
EXTENSIONS = {
    ExportFormat.CSV: "zip",
    ExportFormat.ODM_SNAPSHOT: "xml",
    ExportFormat.ODM_TRANSACTIONAL: "xml",
    ExportFormat.DATASET_JSON: "zip",
    ExportFormat.PDF: "zip",
    ExportFormat.DERIVED: "csv",
    ExportFormat.CERTIFIED: "zip",
}


@dataclass(frozen=True)
class Order:
    """An export as it was asked for: which data in which format, by whom, when, under which protocol version.

    disclosure: the treatments, in an unblinded export only.
    """

    format: ExportFormat
    wish: Wish
    selection: Selection
    protocol: Protocol
    by: Actor
    at: datetime
    disclosure: Disclosure | None = None

    @property
    def instant(self) -> str:
        return written(self.at)

    @property
    def data_instant(self) -> str:
        """The instant whose data the export shows."""
        return written(self.wish.as_of or self.at)

    @property
    def file_name(self) -> str:
        """Study, format and instant, and nothing else: a file name is seen by everyone (design 4)."""
        stamp = self.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        extension = "pdf" if self.is_one_document else EXTENSIONS[self.format]
        variant = "" if self.wish.casebook == Casebook.FILLED else f"-{self.wish.casebook}"
        variant += "-unblinded" if self.disclosure else ""
        return f"{self.protocol.registry_id}_{self.format}{variant}_{stamp}.{extension}"

    @property
    def is_one_document(self) -> bool:
        """A casebook of one participant, or of nobody, is no zip."""
        one = len(self.wish.participants) == 1 or self.wish.casebook != Casebook.FILLED
        return self.format == ExportFormat.PDF and one


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def head_of_chain() -> dict[str, Any] | None:
    """The last seal of the history when the data were read: whoever keeps the file can show that it was so."""
    last = Seal.objects.order_by("-pk").values_list("pk", "hash").first()
    return {"seal": last[0], "sha256": bytes(last[1]).hex()} if last else None


def manifest(order: Order, *, records: Mapping[str, int], **more: Any) -> dict[str, Any]:
    """records: how many of each form; `more`: what only this format has to say."""
    chosen = order.selection
    return {
        "study": order.protocol.registry_id,
        "protocol_version": order.protocol.version,
        "software_version": RELEASE,
        "format": order.format,
        "blinded": True,
        "made_at": order.instant,
        "made_by": {"name": order.by.name, "role": order.by.role},
        "data_as_of": order.data_instant,
        "head_of_the_audit_chain": head_of_chain(),
        "asked": order.wish.written(),
        "sites": [site.code for site in chosen.sites],
        "records": dict(records),
        "withheld": [
            {"form": dataset.form, "field": field, "reason": reason}
            for dataset in chosen.datasets
            for field, reason in sorted(dataset.withheld.items())
        ],
        **(unblinded_by(order.disclosure) if order.disclosure else {}),
        **more,
    }
