"""The web server, the worker and beat: started as children, watched, stopped in order."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from trial_site.demo.environment import PROJECT
from trial_site.demo.errors import DemoFailed, last_line
from trial_site.demo.interruption import signals_held

PATIENCE = 15  # seconds to end by itself; above gunicorn's graceful timeout


class Child:
    """One long-running process of the demo, in a session of its own so that Ctrl-C reaches only us."""

    def __init__(self, name: str, module: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [*_ended_with_us(), sys.executable, "-m", *module],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def check(self) -> None:
        status = self._process.poll()
        if status is not None:
            log = self.log.relative_to(PROJECT)
            raise DemoFailed(
                f"The {self.name} ended by itself (exit code {status}), see {log}: {last_line(self.log)}"
            )

    def stop(self) -> None:
        """Ask, wait, insist; then make sure that none of its own children is left."""
        with signals_held():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def web_server(port: int, environment: Mapping[str, str], logs: Path) -> Child:
    place = [
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--graceful-timeout",
        "10",
        "--no-control-socket",
    ]
    return Child("web server", ["gunicorn", "trial_site.wsgi", *place], environment, logs / "web.log")


def worker(environment: Mapping[str, str], logs: Path) -> Child:
    options = ["-A", "trial_site.celery", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    return Child("worker", ["celery", *options], environment, logs / "worker.log")


def beat(environment: Mapping[str, str], logs: Path) -> Child:
    options = ["-A", "trial_site.celery", "beat", "--schedule", str(logs.parent / "beat-schedule")]
    return Child("scheduler (beat)", ["celery", *options], environment, logs / "beat.log")


def _ended_with_us() -> list[str]:
    """The kernel ends a child whose supervisor was killed; setpriv is part of every Debian."""
    return ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
