"""The post office of the demo: takes every message over SMTP and keeps it as a file in var/mail.

Run as `python -m trial_site.demo.mailbox PORT FOLDER`."""

import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from trial_site.demo.errors import DemoFailed, last_line

PROJECT = Path(__file__).resolve().parents[2]
MODULE = "trial_site.demo.mailbox"


@dataclass(frozen=True)
class Mailbox:
    """The running post office, seen from outside; it outlives the command that started it."""

    var: Path
    port: int

    @property
    def folder(self) -> Path:
        return self.var / "mail"

    @property
    def _pid_file(self) -> Path:
        return self.var / "mailbox.pid"

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        log = self.var / "log" / "mailbox.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(self.port), str(self.folder)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        while "listening" not in log.read_text():
            if process.poll() is not None:
                raise DemoFailed(f"The post office for e-mail did not start: {last_line(log)}")
            time.sleep(0.05)

    def running(self) -> bool:
        return self._process() is not None

    def stop(self) -> None:
        if process := self._process():
            process.terminate()
            process.wait(timeout=10)

    def _process(self) -> psutil.Process | None:
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(self._pid_file.read_text()))
            if {MODULE, str(self.folder)} <= set(process.cmdline()):
                return process
        return None


class Keeper:
    """Accepts everything and delivers nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = self.folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
        arriving = message.with_suffix(".arriving")
        arriving.write_bytes(envelope.original_content or b"")
        os.replace(arriving, message)
        return "250 Message kept"


def main(port: str, folder: str) -> None:
    post_office = Controller(Keeper(Path(folder)), hostname="127.0.0.1", port=int(port))
    post_office.start()
    print("listening", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
