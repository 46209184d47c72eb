"""What an observer who knows all past allocations can tell about the next one, over many generated lists.

    python -m benchmarks.allocation_lists [--lists 10000]

The observer knows the generator and the set of block sizes, but no seed and no boundary of a block. An allocation
is *known* when every sequence of block sizes that fits the past allows one arm only; once for an observer who knows
that the blocks end at the planned number, once for one who does not. The *convergence guess* names the arm that is
behind so far, and tosses a coin at a tie. Needs no database.
"""

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from math import sqrt
from statistics import mean, stdev
from typing import NamedTuple

from randomization.rules.allocation_list import Stream, allocation_list, block_sizes

ARMS, SIZES, PLANNED = "AB", (4, 6), 20


class Figures(NamedTuple):
    """Means over the lists, and of those that are estimates the standard error."""

    known: float
    known_error: float
    known_end_unknown: float
    guessed: float
    guessed_error: float
    largest_imbalance: int
    longest_run: int
    mean_run: float
    sequences: Counter[tuple[int, ...]]


def compositions(total: int, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """All sequences of sizes with this sum."""
    if total == 0:
        return [()]
    return [(size, *rest) for size in sizes if size <= total for rest in compositions(total - size, sizes)]


def endless(total: int, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """All sequences of sizes that reach this sum, also those that pass it."""
    if total <= 0:
        return [()]
    return [(size, *rest) for size in sizes for rest in endless(total - size, sizes)]


def known_share(codes: str, sequences: Sequence[tuple[int, ...]]) -> float:
    """Share of a list's allocations that its past determines."""
    known, fitting = 0, [(0, *accumulate(sizes)) for sizes in sequences]
    for place, code in enumerate(codes):
        possible = [possible_arms(codes[:place], ends) for ends in fitting]
        known += len(set().union(*possible)) == 1
        fitting = [ends for ends, arms in zip(fitting, possible, strict=True) if code in arms]
    return known / len(codes)


def possible_arms(past: str, ends: Sequence[int]) -> set[str]:
    """What may come next when blocks end at `ends`."""
    start, end = next((a, b) for a, b in pairwise(ends) if a <= len(past) < b)
    return {arm for arm in ARMS if past[start:].count(arm) < (end - start) // len(ARMS)}


def guess_rate(codes: str) -> float:
    """Expected share of right guesses by the convergence strategy."""
    lead, right = 0, 0.0
    for code in codes:
        right += 0.5 if lead == 0 else (lead > 0) == (code == ARMS[1])
        lead += 1 if code == ARMS[0] else -1
    return right / len(codes)


def seeds(count: int) -> Iterable[bytes]:
    """Fixed seeds, so that the figures are the same every time."""
    return (hashlib.sha256(f"simulated list {i}".encode()).digest() for i in range(count))


def simulate(lists: int) -> Figures:
    """The figures over the first segment, which is the study's planned number."""
    aware, unaware = compositions(PLANNED, SIZES), endless(PLANNED, SIZES)
    drawn: Counter[tuple[int, ...]] = Counter()
    known, known_unaware, guessed, imbalances, runs = [], [], [], [], []
    for seed in seeds(lists):
        places = allocation_list(seed, arms=ARMS, sizes=SIZES, planned=PLANNED, segments=1)
        codes = "".join(place.arm for place in places)
        drawn[drawn_sizes(seed)] += 1
        known.append(known_share(codes, aware))
        known_unaware.append(known_share(codes, unaware))
        guessed.append(guess_rate(codes))
        imbalances += [abs(lead) for lead in accumulate(1 if code == ARMS[0] else -1 for code in codes)]
        runs += [len(list(run)) for _, run in groupby(codes)]
    errors = [stdev(sample) / sqrt(lists) for sample in (known, guessed)]
    return Figures(
        mean(known),
        errors[0],
        mean(known_unaware),
        mean(guessed),
        errors[1],
        max(imbalances),
        max(runs),
        mean(runs),
        drawn,
    )


def drawn_sizes(seed: bytes) -> tuple[int, ...]:
    """The block sizes a seed leads to."""
    stream, sizes = Stream(seed), []
    for size in block_sizes(PLANNED, SIZES, stream):
        sizes.append(size)
        for i in range(size - 1, 0, -1):
            stream.uniform(i + 1)
    return tuple(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=int, default=10_000)
    figures = simulate(parser.parse_args().lists)
    print(f"known for certain  {figures.known:.4f} +- {1.96 * figures.known_error:.4f} (95 %)")
    print(f"  end unknown      {figures.known_end_unknown:.4f}")
    print(f"convergence guess  {figures.guessed:.4f} +- {1.96 * figures.guessed_error:.4f} (95 %)")
    print(f"largest imbalance of a prefix  {figures.largest_imbalance}")
    print(f"runs of one arm  mean {figures.mean_run:.3f}, longest {figures.longest_run}")
    for sizes, count in sorted(figures.sequences.items()):
        print(f"sequence {'-'.join(map(str, sizes))}  {count}")


if __name__ == "__main__":
    main()
