from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from tests.custody import PASSPHRASE


@pytest.fixture
def steps(owner) -> Callable[..., list[str]]:
    """What the ledger says of the kit in a bag, which only the owner reads."""

    def read(kit) -> list[str]:
        cursor = owner().cursor()
        cursor.execute(
            "SELECT m.step FROM sealed_movement m JOIN sealed_bags() b ON b.kit = m.kit_number"
            " WHERE b.bag = %s ORDER BY m.id",
            [kit.number],
        )
        return [step for (step,) in cursor.fetchall()]

    return read


@pytest.fixture
def passphrase(monkeypatch) -> None:
    monkeypatch.setenv("ALLOCATION_LIST_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "list.age"


@pytest.fixture
def key() -> pyrage.x25519.Identity:
    """Locks and opens at once, where a passphrase is stretched for a second."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def identity(key, tmp_path) -> Path:
    (tmp_path / "key.txt").write_text(f"{key}\n")
    return tmp_path / "key.txt"
