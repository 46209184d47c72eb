"""The generator of the allocation list: vectors, balance, and how little the past says about the next place."""

import hashlib
import traceback
from itertools import accumulate, product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.allocation_lists import SIZES, compositions, drawn_sizes, known_share, seeds, simulate
from randomization.rules.allocation_list import (
    Stream,
    allocation_list,
    block_sizes,
    canonical,
    commitment,
    parse,
)

LISTS = 2000
SEEDS = st.binary(min_size=32, max_size=32)

# docs/allocation-list.md shows the same three: seed, arms in their ratio, sizes, planned, codes, commitment.
VECTORS = [
    (
        bytes(32),
        "AB",
        (4, 6),
        20,
        "BAABAABABBAABBABBABABBAAABABAABABBABABBA",
        "ae71481cda020f932ee31bd6dace42e48173c8e65c9c4c940dfc3e011ff9bb87",
    ),
    (
        bytes(range(32)),
        "AB",
        (4, 6),
        20,
        "AABBBBAAAABBABABABABABABABBABABBAABBAABA",
        "fb7eb6b641f7b4c4c76e51a01c2343595369dd0eada665a5aecb061eaf973e80",
    ),
    (
        b"\xff" * 32,
        "AAB",
        (3, 6, 9),
        30,
        "AABABAAABBAAABAAABAAABABBAABAAABBAAAABAABAABABAABAAAAAABBAAB",
        "07594fb1f90c7aef57f3c361b250a3e2038e6dda442df1a10c4bcfbf71e585ad",
    ),
]


def codes_of(seed: bytes, arms: str = "AB", sizes=SIZES, planned: int = 20, segments: int = 2) -> str:
    places = allocation_list(seed, arms=arms, sizes=sizes, planned=planned, segments=segments)
    return "".join(place.arm for place in places)


def written_again_from_the_documentation(seed: bytes, arms: str, sizes: tuple[int, ...], planned: int) -> str:
    """The generator a second time, sharing no code with the first."""
    pool = hashlib.shake_256(b"NCT05741099 allocation list v1\x00" + seed).hexdigest(40_000)
    words = (int(pool[i : i + 8], 16) for i in range(0, len(pool), 8))

    def below(n: int) -> int:
        return next(word for word in words if word < 2**32 - 2**32 % n) % n

    ways = [1] + [0] * planned
    for total in range(1, planned + 1):
        ways[total] = sum(ways[total - size] for size in sizes if size <= total)
    codes = ""
    for _ in range(2):
        left = planned
        while left > 0:
            ticket, size = below(ways[left]), 0
            for size in sorted(sizes):
                ticket -= ways[left - size] if size <= left else 0
                if ticket < 0:
                    break
            left -= size
            block = list("".join(arm * (size // len(arms)) for arm in arms))
            for last in reversed(range(1, size)):
                other = below(last + 1)
                block[last], block[other] = block[other], block[last]
            codes += "".join(block)
    return codes


@pytest.mark.parametrize(("seed", "arms", "sizes", "planned", "codes", "sha256"), VECTORS)
def test_vectors(seed, arms, sizes, planned, codes, sha256):
    places = allocation_list(seed, arms=arms, sizes=sizes, planned=planned)
    assert "".join(place.arm for place in places) == codes
    assert [place.number for place in places] == [f"R{i:03d}" for i in range(1, 2 * planned + 1)]
    assert commitment(canonical(seed, places)) == sha256
    assert written_again_from_the_documentation(seed, arms, sizes, planned) == codes


@given(SEEDS)
def test_the_documentation_is_enough_to_regenerate_any_list(seed):
    assert written_again_from_the_documentation(seed, "AB", SIZES, 20) == codes_of(seed)


@given(SEEDS)
def test_every_segment_is_balanced_and_no_prefix_is_far_from_it(seed):
    codes = codes_of(seed)
    for segment in (codes[:20], codes[20:]):
        assert (segment.count("A"), segment.count("B")) == (10, 10)
    assert all(abs(lead) <= max(SIZES) // 2 for lead in accumulate(1 if c == "A" else -1 for c in codes))


@given(SEEDS)
def test_a_ratio_is_kept_in_every_segment(seed):
    codes = codes_of(seed, arms="AAB", sizes=(3, 6, 9), planned=30)
    assert [codes[:30].count("A"), codes[30:].count("A")] == [20, 20]


@pytest.fixture(scope="module")
def figures():
    return simulate(LISTS)


def test_every_allowed_sequence_of_sizes_is_drawn_equally_often(figures):
    allowed = compositions(20, SIZES)
    assert sorted(figures.sequences) == sorted(allowed)
    expected = LISTS / len(allowed)
    chi2 = sum((count - expected) ** 2 / expected for count in figures.sequences.values())
    assert chi2 < 22.5, "six degrees of freedom, one in a thousand; the seeds are fixed"


def test_every_arrangement_of_a_block_is_drawn_equally_often():
    firsts = [codes_of(seed, sizes=(4,), segments=1)[:4] for seed in seeds(LISTS)]
    expected = LISTS / comb(4, 2)
    chi2 = sum((firsts.count(block) - expected) ** 2 / expected for block in set(firsts))
    assert len(set(firsts)) == comb(4, 2)
    assert chi2 < 20.5, "five degrees of freedom, one in a thousand; the seeds are fixed"


def test_what_an_observer_knows_for_certain(figures):
    """Exactly 12.87 % when the planned end is known, of which 5 % is the last place; see docs/allocation-list.md."""
    assert figures.known == pytest.approx(0.12867, abs=4 * figures.known_error)
    assert figures.known_error < 0.002
    assert 0.050 < figures.known_end_unknown < 0.058


def test_how_often_the_convergence_guess_is_right(figures):
    """A block of 2k is guessed right k + (4^k / C(2k, k) - 1) / 2 times; the mean over the seven sequences."""
    right = {2 * k: k + (4**k / comb(2 * k, k) - 1) / 2 for k in (2, 3)}
    sequences = compositions(20, SIZES)
    exact = sum(right[size] for sizes in sequences for size in sizes) / len(sequences) / 20
    assert exact == pytest.approx(0.69548, abs=1e-5)
    assert figures.guessed == pytest.approx(exact, abs=4 * figures.guessed_error)


def test_runs_and_imbalance(figures):
    assert figures.largest_imbalance == 3
    assert figures.longest_run <= 6, "the end of one block of six and the start of the next"
    assert 1.55 < figures.mean_run < 1.63


def test_the_observer_of_the_simulation_gets_what_is_known_of_fixed_blocks():
    """Blocks of four: with C(4, 2) arrangements a third of all places is known [IRT 4.1]."""
    blocks = ["".join(block) for block in product("AB", repeat=4) if block.count("A") == 2]
    shares = [known_share(block * 5, [(4,) * 5]) for block in blocks]
    assert sum(shares) / len(shares) == pytest.approx(1 / 3)


def test_the_drawn_sizes_are_those_of_the_list():
    for seed in seeds(50):
        codes, at = codes_of(seed, segments=1), 0
        for size in drawn_sizes(seed):
            assert codes[at : at + size].count("A") == size // 2
            at += size


@given(SEEDS)
def test_the_canonical_text_is_read_back(seed):
    places = allocation_list(seed, arms="AB", sizes=SIZES, planned=20)
    assert parse(canonical(seed, places)) == (seed, places)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1,R001", b"01,R001"),
        (b"2,R002", b"3,R002"),
        (b"\n", b"\r\n"),
        (b"00", b"0"),
        (b"40,R040,A\n", b""),
        (b"R001", b"R001,A"),
    ],
)
def test_any_other_text_is_refused(old, new):
    text = canonical(bytes(32), allocation_list(bytes(32), arms="AB", sizes=SIZES, planned=20))
    changed = text.replace(old, new, 1)
    assert changed != text
    if new:
        with pytest.raises(ValueError):
            parse(changed)
    else:
        assert commitment(changed) != commitment(text), "a shorter list is another list"


@pytest.mark.parametrize("sizes", [(), (0, 4), (-4, 6), (40,), (4, 18), (5, 15)])
def test_impossible_sizes_are_refused_without_naming_them(sizes):
    with pytest.raises(ValueError) as refusal:
        codes_of(bytes(32), sizes=sizes)
    assert not any(character.isdigit() for character in str(refusal.value)), traceback.format_exc()


def test_a_short_seed_is_refused():
    with pytest.raises(ValueError, match="256 bits"):
        codes_of(b"short")


def test_no_list_outgrows_the_stream():
    with pytest.raises(ValueError, match="longer"):
        list(block_sizes(400, SIZES, Stream(bytes(32), capacity=8)))
