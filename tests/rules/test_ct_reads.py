"""Two readers, a third where they differ; codes that say nothing. No database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.rules.ct_reads import endpoint, needs_reader, place_in_line, scan_code


@pytest.mark.parametrize(
    ("reads", "waits", "counts"),
    [
        ([], True, None),
        ([10], True, None),
        ([10, 15], False, "12.5"),
        ([15, 10], False, "12.5"),
        ([10, "15.01"], True, None),
        ([10, 30, 28], False, "28"),
        ([0, 0], False, "0"),
    ],
)
def test_the_mean_of_two_who_agree_else_the_third(reads, waits, counts):
    measured = [Decimal(read) for read in reads]
    assert needs_reader(measured, limit=5) is waits
    assert endpoint(measured, limit=5) == (Decimal(counts) if counts else None)


@given(st.lists(st.decimals(0, 100, places=2), max_size=3), st.integers(0, 20))
def test_it_is_open_exactly_as_long_as_a_reader_is_needed(reads, limit):
    assert (endpoint(reads, limit=limit) is None) is needs_reader(reads, limit=limit)


def test_codes_follow_from_the_secret_only():
    codes = [scan_code("secret", number) for number in range(2000)]
    assert len(set(codes)) == 2000
    assert {len(code) for code in codes} == {11}
    assert sorted(codes) != codes
    assert scan_code("other", 1) != scan_code("secret", 1) == codes[1]


def test_every_reader_has_an_order_of_their_own():
    codes = [scan_code("secret", number) for number in range(10)]
    orders = [
        sorted(codes, key=lambda code, reader=reader: place_in_line(reader, code)) for reader in range(3)
    ]
    assert codes not in orders
    assert orders[0] != orders[1] != orders[2]
