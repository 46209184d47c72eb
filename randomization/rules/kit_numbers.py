"""Kit numbers: six random digits and a check digit; they say nothing about arm, lot, date or order."""

import secrets
from collections.abc import Collection

# Damm's quasigroup of order 10 finds every single wrong digit and every swap of neighbours.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> str:
    state = 0
    for digit in digits:
        state = DAMM[state][int(digit)]
    return str(state)


def is_kit_number(text: str) -> bool:
    return len(text) == 7 and text.isascii() and text.isdigit() and check_digit(text) == "0"


def new_kit_numbers(count: int, taken: Collection[str] = ()) -> list[str]:
    """`count` fresh numbers from the operating system's generator, none of them in `taken`."""
    numbers: set[str] = set()
    while len(numbers) < count:
        digits = f"{secrets.randbelow(10**6):06d}"
        number = digits + check_digit(digits)
        if number not in taken:
            numbers.add(number)
    return sorted(numbers, key=lambda _: secrets.randbits(64))


def new_shipment_number() -> str:
    """As uninformative: which product a shipment brings cannot be read from it."""
    return f"S{secrets.randbelow(10**8):08d}"
