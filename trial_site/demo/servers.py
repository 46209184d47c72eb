"""PostgreSQL, Valkey and the mailbox of one demo: started by the first command that needs them, shared,
and stopped by the last."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from trial_site.demo.environment import VAR, DemoFile
from trial_site.demo.errors import DemoFailed
from trial_site.demo.locks import alone, exclusive, shared
from trial_site.demo.mailbox import Mailbox
from trial_site.demo.postgres import Cluster, embedded_postgres, free_port
from trial_site.demo.unprivileged import new_home
from trial_site.demo.valkey import Valkey, embedded_valkey


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
        self.var.mkdir(exist_ok=True)
        with shared(self.var / "servers-used.lock") as users:
            try:
                self.ensure_running()
                yield
            finally:
                if alone(users):
                    self.stop()

    def ensure_running(self) -> None:
        """Start what is not running, one caller at a time; a port that is taken by now is changed."""
        with exclusive(self.var / "servers-starting.lock"):
            self.file = DemoFile(self.var)
            self.file.create()
            self._ensure_home()
            for name, server in self._all().items():
                if not server.running():
                    self.file.remember(**{f"{name.upper()}_PORT": free_port(self.file.port(name))})
                    self._all()[name].start()

    def names(self) -> list[str]:
        return list(self._all())

    def stopped(self) -> list[str]:
        """The names of the servers that are not running."""
        return [name for name, server in self._all().items() if not server.running()]

    def stop(self) -> None:
        for server in reversed(self._all().values()):
            server.stop()

    def remove(self) -> None:
        """Stop the servers and delete everything under `var` and what lies outside for it."""
        self.var.mkdir(exist_ok=True)
        with shared(self.var / "servers-used.lock") as users:
            if not alone(users):
                raise DemoFailed("Another command is using the demo's database; end it first.")
            self.stop()
            shutil.rmtree(self.file.values.get("HOME", ""), ignore_errors=True)
            for path in self.var.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.suffix != ".lock":
                    path.unlink()
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
        return {
            "PostgreSQL": Cluster(
                home, embedded_postgres(home), port("PostgreSQL"), self.file["ADMIN_PASSWORD"]
            ),
            "Valkey": Valkey(home, embedded_valkey(home), port("Valkey"), self.file["BROKER_PASSWORD"]),
            "Mailbox": Mailbox(self.var, port("Mailbox")),
        }
