"""Locks between processes that the kernel releases when their holder ends, also by kill -9."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

Lock = IO[str]


@contextmanager
def shared(path: Path) -> Iterator[Lock]:
    with path.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock


@contextmanager
def exclusive(path: Path) -> Iterator[Lock]:
    with path.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def alone(lock: Lock) -> bool:
    """Make a lock exclusive if nobody else holds it; the kernel lets only one of several do that."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
