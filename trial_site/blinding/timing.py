"""How far apart the response times of the two arms' pages are. Reported, never failed on: clocks are noisy."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import median

PARTICIPANT = re.compile(r"/(\d\d-\d{3,})/")
# Kolmogorov and Smirnov: above it, two samples of one distribution come in 1 of 100 cases.
ONE_IN_A_HUNDRED = 1.63
FEWEST = 4


@dataclass(frozen=True)
class Timing:
    """One kind of page: the distance of the two distributions (0 to 1), what noise alone may reach, and medians."""

    kind: str
    distance: float
    noise: float
    medians_ms: tuple[float, float]

    @property
    def stands_out(self) -> bool:
        return self.distance > self.noise


def timings(times: Iterable[tuple[str, str, float]], arms: Mapping[str, str]) -> list[Timing]:
    """Per kind of page about a participant, the one that stands out most first; kinds with few pages are left out."""
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for kind, address, seconds in times:
        about = PARTICIPANT.search(address)
        if about and about[1] in arms:
            samples[kind][arms[about[1]]].append(seconds)
    found = [
        compared(kind, *by_arm.values())
        for kind, by_arm in samples.items()
        if len(by_arm) == 2 and min(map(len, by_arm.values())) >= FEWEST
    ]
    return sorted(found, key=lambda one: one.noise - one.distance)


def compared(kind: str, one: list[float], other: list[float]) -> Timing:
    noise = ONE_IN_A_HUNDRED * sqrt((len(one) + len(other)) / (len(one) * len(other)))
    medians = (1000 * median(one), 1000 * median(other))
    return Timing(kind, distance(one, other), noise, medians)


def distance(one: list[float], other: list[float]) -> float:
    """The largest difference between the two cumulative distributions."""
    return max(
        abs(sum(x <= at for x in one) / len(one) - sum(x <= at for x in other) / len(other))
        for at in {*one, *other}
    )
