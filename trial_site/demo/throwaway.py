"""A server for one test run, in a temporary folder, gone at its end however that comes.

A keeper process (`python -m trial_site.demo.throwaway`) owns the server and removes it when its
standard input closes. The kernel closes it also for a test run that was killed."""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trial_site.demo.errors import DemoFailed
from trial_site.demo.interruption import SIGNALS, exit_on_signals
from trial_site.demo.postgres import FAST_AND_FORGETFUL, Cluster, embedded_postgres, free_port
from trial_site.demo.unprivileged import new_home
from trial_site.demo.valkey import Valkey, embedded_valkey

PROJECT = Path(__file__).resolve().parents[2]
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 << 30  # noqa: S108 - only new_home creates here


@contextmanager
def throwaway_cluster(programs: Path | None = None) -> Iterator[str]:
    """Yields the administrator's URL. `programs` is the folder of another PostgreSQL's programs."""
    with _kept("postgres", *(["--programs", str(programs)] if programs else [])) as url:
        yield url


@contextmanager
def throwaway_valkey() -> Iterator[str]:
    """Yields the URL of a broker."""
    with _kept("valkey") as url:
        yield url


@contextmanager
def _kept(*arguments: str) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "trial_site.demo.throwaway", *arguments],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        url = keeper.stdout.readline().strip() if keeper.stdout else ""
        if not url:
            raise DemoFailed(f"The throwaway {arguments[0]} did not start.")
        yield url


def keep(kind: str, programs: Path | None) -> None:
    """Run a server until standard input closes."""
    home = new_home(quick_place() / f"trial-site-{secrets.token_hex(8)}")
    server = new_server(kind, home, programs)
    try:
        server.start()
        print(server.url, flush=True)
        sys.stdin.read()
    finally:
        server.stop()
        shutil.rmtree(home)


def quick_place() -> Path:
    """Memory, where the system lends enough of it: a database is made there in a tenth of the time."""
    if MEMORY.is_dir():
        lent = os.statvfs(MEMORY)
        if lent.f_bavail * lent.f_frsize >= ENOUGH_BYTES and not lent.f_flag & os.ST_NOEXEC:
            return MEMORY
    return Path(tempfile.gettempdir())


def new_server(kind: str, home: Path, programs: Path | None) -> Cluster | Valkey:
    port, password = free_port(), secrets.token_urlsafe(24)
    if kind == "valkey":
        return Valkey(home, embedded_valkey(home), port, password)
    return Cluster(home, programs or embedded_postgres(home), port, password, FAST_AND_FORGETFUL)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kind", choices=["postgres", "valkey"])
    arguments.add_argument("--programs", type=Path)
    exit_on_signals(0, *SIGNALS)
    try:
        keep(**vars(arguments.parse_args()))
    except DemoFailed as failure:
        sys.exit(str(failure))
