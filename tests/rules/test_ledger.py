"""The ledger of kits: where a kit is after its steps."""

import pytest

from randomization.models import Step
from randomization.rules.ledger import MOVES, OUTSIDE, balance, place_of

TO_THE_WARD = ["received", "released", "assigned", "ordered", "preparing", "prepared", "handed_over"]


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([], "nowhere"),
        (["received"], "quarantine"),
        (["received", "released"], "shelf"),
        (["received", "released", "quarantined"], "quarantine"),
        (TO_THE_WARD, "ward"),
        ([*TO_THE_WARD, "started", "given", "returned"], "waste"),
        ([*TO_THE_WARD, "started", "part_given", "returned", "destroyed"], "destroyed"),
        ([*TO_THE_WARD, "not_given", "returned"], "waste"),
        ([*TO_THE_WARD[:-1], "not_given"], "waste"),
        ([*TO_THE_WARD[:5], "failed"], "waste"),
        ([*TO_THE_WARD, "withdrawn"], "ward"),
        (["received", "withdrawn", "released"], "waste"),
        (["received", "released", "lost"], "lost"),
        # what does not fit is written down and moves nothing
        (["received", "handed_over"], "quarantine"),
        (["received", "destroyed"], "quarantine"),
        ([*TO_THE_WARD, "started", "given", "returned", "destroyed", "returned"], "destroyed"),
    ],
)
def test_where_a_kit_is(steps, place):
    assert place_of(steps) == place


def test_the_balance_counts_every_kit_once():
    ledger = [("1", "received"), ("2", "received"), ("1", "released"), ("3", "received"), ("3", "lost")]
    assert balance(ledger) == {"quarantine": 1, "shelf": 1, "lost": 1}


def test_every_step_is_in_the_table():
    assert set(MOVES) == set(Step)
    assert set(OUTSIDE) <= set(Step)
