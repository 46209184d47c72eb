"""What follows when something is wrong with a bag outside the pharmacy. One table; nothing in it tells an arm."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """bag_lost: it is not given any more, so a started infusion ends and an order is called off.

    deviation: its grade, or "" when the protocol foresees it.
    """

    bag_lost: bool
    deviation: str
    by_pharmacy: bool = False


PATHS = {
    "temperature": Path(bag_lost=True, deviation="major"),
    "spill": Path(bag_lost=True, deviation="minor"),
    "breakage": Path(bag_lost=True, deviation="minor"),
    "wrong_bag": Path(bag_lost=False, deviation="major"),
    "expired": Path(bag_lost=True, deviation="minor"),
    "called_back": Path(bag_lost=True, deviation="", by_pharmacy=True),
    "not_available": Path(bag_lost=True, deviation="", by_pharmacy=True),
}
