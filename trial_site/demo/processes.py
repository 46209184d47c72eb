"""Server processes that may have been started by an earlier command."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil


def remembered_process(pid_file: Path, mark: str) -> psutil.Process | None:
    """The process whose id the file begins with, if it is alive and `mark` is one of its arguments: ids are
    given again, to others."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if mark in process.cmdline():
            return process
    return None


def wait_or_kill(process: psutil.Process) -> None:
    """The process is gone afterwards; ten seconds are for its own end."""
    _, alive = psutil.wait_procs([process], timeout=10)
    for stubborn in alive:
        stubborn.kill()


def comes_true(question: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
