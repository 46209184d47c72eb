"""The proof of the blind in a small size: nothing differs when the arms are exchanged, and planted leaks show."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from tests.secrecy.planted.leaks import LEAKS
from trial_site.blinding.bench import Bench, ProofFailed, workbench
from trial_site.blinding.management.commands import verify_blinding
from trial_site.blinding.proof import CONTROL, Further, prove

PARTICIPANTS, SEED = 6, 7
NEXT_PARTICIPANTS, SEED_OF_THE_NEXT = 4, 8
# Where each planted leak must come to light, and what must be seen there.
SEEN = {
    "order_by_list_row": ("GET /participants/", "01-00"),
    "extra_audit_row": ("rows after the replay: audit_event", ""),
    "expiry_date": ("GET /participants/01-", "Kit usable until"),
    "header": ("GET /participants/01-", "X-Cache-Group"),
    "log_line": ("log", "thawed"),
    "refusal": ("POST /screening/01-", "409"),
    "arm_in_str": ("/audit/", "MSC"),
    "group_number": ("GET /participants/01-", "Group"),
    "stock_count": ("GET /protocol/", "Stock by rack"),
    "hidden_filter": ("GET /participants/?arm=", "Filtered"),
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with workbench(os.environ["TEST_ADMIN_URL"]) as bench:
        bench.make_study(participants=PARTICIPANTS, seed=SEED)
        yield bench


def further(*roles: str) -> Further:
    return Further(
        until=datetime.now(UTC), participants=NEXT_PARTICIPANTS, seed=SEED_OF_THE_NEXT, roles=roles
    )


def test_nothing_tells_whether_the_arms_are_exchanged_and_planted_leaks_come_to_light(bench, subtests):
    """One test, so that one study is made for both."""
    looking = further("coordinator", "assessor", "monitor")
    compared = list(prove(bench, looking, exchanges=["global", "pairwise"]))
    with subtests.test("nothing tells"):
        assert [each.exchange for each in compared] == [CONTROL, "global", "pairwise"]
        assert [each.differences for each in compared] == [[], [], []]
        for each in compared:
            assert each.size.urls > 150
            assert each.size.rows > 400
    program = ("-m", "tests.secrecy.planted", ",".join(LEAKS))
    looking = further("coordinator", "inspector")
    control, exchanged = compared = list(prove(bench, looking, exchanges=["global"], program=program))
    with subtests.test("planted leaks differ in no control"):
        assert control.differences == []
    for leak, (where, seen) in SEEN.items():
        with subtests.test(leak):
            found = exchanged.differences
            assert [one for one in found if where in one.where and seen in one.shown], found
    with subtests.test("a sleep that depends on the arm is reported"):
        # Not failed on: it makes no page differ. So few pages hardly stand out by the distance of distributions.
        [timing] = [one for one in control.timings if one.kind == "casebook:subject"]
        assert timing.distance > 0.5, timing
        one, other = timing.medians_ms
        assert abs(one - other) > 1000
    with subtests.test("no supply hold differs"):
        assert [each.holds_that_differ for each in compared] == [0, 0]
        assert control.sites == 2


def test_an_exchange_that_changes_nothing_proves_nothing(bench, monkeypatch):
    monkeypatch.setattr(Bench, "change", lambda *arguments: None)
    with pytest.raises(ProofFailed, match="found nothing to exchange"):
        list(prove(bench, further(), exchanges=["global"]))


def test_without_a_server_the_command_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(verify_blinding, "VAR", tmp_path)
    with pytest.raises(CommandError, match="Name a PostgreSQL server"):
        call_command("verify_blinding", admin_url="")
