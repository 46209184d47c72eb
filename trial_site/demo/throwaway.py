"""A PostgreSQL cluster for one test run, in a temporary folder, gone at its end however that comes.

A keeper process (`python -m trial_site.demo.throwaway`) owns the cluster and removes it when its standard
input closes. The kernel closes it also for a test run that was killed."""

import argparse
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trial_site.demo.environment import PROJECT
from trial_site.demo.errors import DemoFailed
from trial_site.demo.interruption import exit_on_signals
from trial_site.demo.postgres import FAST_AND_FORGETFUL, Cluster, embedded_programs, free_port
from trial_site.demo.unprivileged import new_home


@contextmanager
def throwaway_cluster(programs: Path | None = None) -> Iterator[str]:
    """Yields the administrator's URL. `programs` is the folder of another PostgreSQL's programs."""
    command = [sys.executable, "-m", "trial_site.demo.throwaway"]
    if programs:
        command += ["--programs", str(programs)]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        url = keeper.stdout.readline().strip() if keeper.stdout else ""
        if not url:
            raise DemoFailed("The throwaway PostgreSQL did not start.")
        yield url


def keep(programs: Path | None) -> None:
    """Run a cluster until standard input closes."""
    exit_on_signals(0)
    home = new_home(Path(tempfile.gettempdir()) / f"trial-site-{secrets.token_hex(8)}")
    password = secrets.token_urlsafe(24)
    cluster = Cluster(home, programs or embedded_programs(home), free_port(), password, FAST_AND_FORGETFUL)
    try:
        cluster.start()
        print(cluster.url, flush=True)
        sys.stdin.read()
    finally:
        cluster.stop()
        shutil.rmtree(home)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--programs", type=Path)
    try:
        keep(arguments.parse_args().programs)
    except DemoFailed as failure:
        sys.exit(str(failure))
