"""Kit numbers: the check digit finds what people mistype, and the number tells nothing about the arm."""

from collections import Counter
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randomization.rules.kit_numbers import check_digit, is_kit_number, new_kit_numbers

SIX_DIGITS = st.from_regex(r"[0-9]{6}", fullmatch=True)
SHELVES, PER_ARM = 500, 24


def with_check(digits: str) -> str:
    return digits + check_digit(digits)


@given(SIX_DIGITS)
def test_every_wrong_digit_and_every_swap_of_neighbours_is_found(digits):
    number = with_check(digits)
    assert is_kit_number(number)
    for i in range(7):
        for digit in set("0123456789") - {number[i]}:
            assert not is_kit_number(number[:i] + digit + number[i + 1 :])
    for i in range(6):
        swapped = number[:i] + number[i + 1] + number[i] + number[i + 2 :]
        assert swapped == number or not is_kit_number(swapped)


def test_the_same_exhaustively_for_neighbouring_pairs_after_every_state():
    """Whatever came before (ten states), no other digit and no swapped pair leads to the same state."""
    leading_to = {check_digit(f"{i:02d}"): f"{i:02d}" for i in range(100)}
    assert len(leading_to) == 10
    for before in leading_to.values():
        for a in "0123456789":
            assert len({check_digit(before + d) for d in "0123456789"}) == 10
            for b in set("0123456789") - {a}:
                assert check_digit(before + a + b) != check_digit(before + b + a)


def test_the_published_example_of_the_scheme():
    assert check_digit("572") == "4"


@pytest.mark.parametrize(
    "text", ["", "123456", "12345678", "123456x", "１２３４５６７", "-123456", " 123456"]
)
def test_other_texts_are_no_kit_numbers(text):
    assert not is_kit_number(text)


def test_numbers_are_fresh_and_distinct():
    taken = new_kit_numbers(200)
    more = new_kit_numbers(200, taken)
    assert len(set(taken) | set(more)) == 400
    assert all(map(is_kit_number, [*taken, *more]))


@pytest.fixture(scope="module")
def shelves() -> list[tuple[list[str], list[str]]]:
    """Numbers of the two arms on many shelves, given out as `receive_kits` does: the first half to one arm."""
    drawn = (new_kit_numbers(2 * PER_ARM) for _ in range(SHELVES))
    return [(numbers[:PER_ARM], numbers[PER_ARM:]) for numbers in drawn]


@pytest.mark.parametrize("position", range(7))
def test_no_digit_separates_the_arms(shelves, position):
    counts = [Counter(n[position] for shelf in shelves for n in shelf[arm]) for arm in (0, 1)]
    expected = {d: (counts[0][d] + counts[1][d]) / 2 for d in "0123456789"}
    chi2 = sum((count[d] - expected[d]) ** 2 / expected[d] for count in counts for d in expected)
    assert chi2 < 45, "nine degrees of freedom: by chance once in a million"


def test_parity_does_not_separate_the_arms(shelves):
    odd = [sum(int(n) % 2 for shelf in shelves for n in shelf[arm]) for arm in (0, 1)]
    assert abs(odd[0] - odd[1]) < 5 * sqrt(SHELVES * PER_ARM / 2)


def test_order_does_not_separate_the_arms(shelves):
    """Wilcoxon's rank sum on every shelf, added up: the smaller numbers are not one arm's."""
    total = 0.0
    for first, second in shelves:
        ranks = {number: rank for rank, number in enumerate(sorted(first + second), start=1)}
        total += sum(ranks[number] for number in first) - PER_ARM * (2 * PER_ARM + 1) / 2
    deviation = sqrt(SHELVES * PER_ARM * PER_ARM * (2 * PER_ARM + 1) / 12)
    assert abs(total) < 5 * deviation


def test_neighbours_on_the_sorted_shelf_share_an_arm_as_often_as_by_chance(shelves):
    same = 0
    for first, second in shelves:
        row = sorted(first + second)
        same += sum((a in first) == (b in first) for a, b in pairwise(row))
    pairs = SHELVES * (2 * PER_ARM - 1)
    chance = (PER_ARM - 1) / (2 * PER_ARM - 1)
    assert abs(same - pairs * chance) < 5 * sqrt(pairs * chance * (1 - chance))
