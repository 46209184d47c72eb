"""The seals of the room's history (ADR 8)."""

from randomization import vault
from trial_site.audit.sealing import Anchor, anchor


def seal_room() -> None:
    """Seal what is new in the room's history."""
    vault.extend_chain()


def room_anchors(since: int) -> list[Anchor]:
    """The room's chain from seal `since` on, for anchors that unblinded people keep."""
    return [anchor(*seal) for seal in vault.chain(since)]


def room_head() -> Anchor | None:
    """The latest seal of the room. For unblinded people only."""
    anchors = room_anchors(0)
    return anchors[-1] if anchors else None
