"""The allocation list: permuted blocks of random sizes from a 256-bit seed.

The generator is documented so that anyone can regenerate a list in any language (docs/allocation-list.md has
test vectors). No error names a block size: sizes stand in no log.

1. Bytes come from SHAKE-256 over the ASCII label "NCT05741099 allocation list v1", a zero byte and the seed.
2. A uniform integer below n takes the next four bytes, big-endian; a value not below the largest multiple of n
   that fits in 32 bits is thrown away and the next four bytes are taken.
3. The list consists of segments of the planned number. In a segment the block sizes are drawn uniformly among
   all sequences of the allowed sizes that end exactly at the segment's end: with c(m) such sequences of total m,
   c(0) = 1, draw u below c(m) and take the first size s, in increasing order, whose running sum of c(m - s)
   exceeds u. This is repeated with m - s until nothing remains; before the next size the block is filled.
4. A block first holds the arms in the order given, each in proportion and in one run; then it is shuffled by
   Fisher-Yates from the last element down, each time swapping element i with element uniform(i + 1).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

LABEL = b"NCT05741099 allocation list v1"
GENERATOR = "shake256-permuted-blocks-v1"
WORD = 1 << 32


@dataclass(frozen=True)
class Allocation:
    """One place of the list: 1-based place, randomization number, arm code."""

    place: int
    number: str
    arm: str


class Stream:
    """Uniform integers from SHAKE-256."""

    def __init__(self, seed: bytes, capacity: int = 1 << 16) -> None:
        self._bytes = hashlib.shake_256(LABEL + b"\0" + seed).digest(capacity)
        self._at = 0

    def uniform(self, n: int) -> int:
        """A uniform integer in 0..n-1, n at most 2**32."""
        while True:
            word = int.from_bytes(self._bytes[self._at : self._at + 4], "big")
            self._at += 4
            if self._at > len(self._bytes):
                raise ValueError("The list is longer than this generator serves.")
            if word < WORD // n * n:
                return word % n


def block_sizes(total: int, sizes: Sequence[int], stream: Stream) -> Iterator[int]:
    """Sizes of one segment, uniform among the sequences that sum to `total`."""
    allowed = sorted(set(sizes))

    @cache
    def sequences(rest: int) -> int:
        return 1 if rest == 0 else sum(sequences(rest - s) for s in allowed if s <= rest)

    if not allowed or allowed[0] < 1 or not all(s <= total and sequences(total - s) for s in allowed):
        raise ValueError("Not every block size is part of a sequence that ends at the planned number.")
    while total:
        draw = stream.uniform(sequences(total))
        for size in (s for s in allowed if s <= total):
            if draw < sequences(total - size):
                break
            draw -= sequences(total - size)
        yield size
        total -= size


def permuted_block(size: int, arms: Sequence[str], stream: Stream) -> list[str]:
    """A block in random order. An arm that stands twice in `arms` is held twice as often: that is the ratio."""
    if size % len(arms):
        raise ValueError("A block of this size cannot hold the arms in their ratio.")
    block = [arm for arm in arms for _ in range(size // len(arms))]
    for i in range(size - 1, 0, -1):
        j = stream.uniform(i + 1)
        block[i], block[j] = block[j], block[i]
    return block


def allocation_list(
    seed: bytes, *, arms: Sequence[str], sizes: Sequence[int], planned: int, segments: int = 2
) -> list[Allocation]:
    """The whole list: `segments` times `planned` places."""
    if len(seed) != 32:
        raise ValueError("The seed has 256 bits.")
    stream = Stream(seed)
    codes = [
        arm
        for _ in range(segments)
        for size in block_sizes(planned, sizes, stream)
        for arm in permuted_block(size, arms, stream)
    ]
    return [Allocation(place, f"R{place:03d}", arm) for place, arm in enumerate(codes, start=1)]


def canonical(salt: bytes, allocations: Sequence[Allocation]) -> bytes:
    """The committed text: the salt in hexadecimal, then one line `place,number,arm` each.

    The commitment is the SHA-256 of exactly these bytes, so `sha256sum` alone verifies it.
    """
    lines = [salt.hex(), *(f"{a.place},{a.number},{a.arm}" for a in allocations)]
    return ("\n".join(lines) + "\n").encode("ascii")


def parse(text: bytes) -> tuple[bytes, list[Allocation]]:
    """Salt and list from a canonical text. Raises ValueError when it is not one."""
    salt, *lines = text.decode("ascii").splitlines()
    allocations = [
        Allocation(int(place), number, arm) for place, number, arm in (line.split(",") for line in lines)
    ]
    if [a.place for a in allocations] != list(range(1, len(allocations) + 1)) or len(salt) != 64:
        raise ValueError("This is not an allocation list.")
    if canonical(bytes.fromhex(salt), allocations) != text:
        raise ValueError("This is not an allocation list.")
    return bytes.fromhex(salt), allocations


def commitment(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
