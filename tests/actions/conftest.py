from collections.abc import Callable

import pytest


@pytest.fixture
def steps(owner) -> Callable[..., list[str]]:
    """The ledger of a kit, which only the owner reads."""

    def read(kit) -> list[str]:
        cursor = owner().cursor()
        cursor.execute("SELECT step FROM sealed_movement WHERE kit_number = %s ORDER BY id", [kit.number])
        return [step for (step,) in cursor.fetchall()]

    return read
