"""The proof of the blind in a small size: nothing differs when the arms are exchanged, and planted leaks show."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from trial_site.blinding.bench import Bench, ProofFailed, workbench
from trial_site.blinding.management.commands import verify_blinding
from trial_site.blinding.proof import CONTROL, Further, prove

PARTICIPANTS, SEED, SEED_OF_THE_NEXT = 8, 7, 8


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with workbench(os.environ["TEST_ADMIN_URL"]) as bench:
        bench.make_study(participants=PARTICIPANTS, seed=SEED)
        yield bench


def further(*roles: str) -> Further:
    return Further(until=datetime.now(UTC), participants=6, seed=SEED_OF_THE_NEXT, roles=roles)


def test_nothing_tells_whether_the_arms_are_exchanged(bench):
    looking = further("coordinator", "assessor", "investigator")
    compared = list(prove(bench, looking, exchanges=["global", "pairwise"]))
    assert [each.exchange for each in compared] == [CONTROL, "global", "pairwise"]
    assert [each.differences for each in compared] == [[], [], []]
    for each in compared:
        assert each.size.urls > 150
        assert each.size.rows > 400


def test_an_exchange_that_changes_nothing_proves_nothing(bench, monkeypatch):
    monkeypatch.setattr(Bench, "change", lambda *arguments: None)
    with pytest.raises(ProofFailed, match="found nothing to exchange"):
        list(prove(bench, further(), exchanges=["global"]))


def test_without_a_server_the_command_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(verify_blinding, "VAR", tmp_path)
    with pytest.raises(CommandError, match="Name a PostgreSQL server"):
        call_command("verify_blinding", admin_url="")
