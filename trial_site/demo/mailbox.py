"""The mailbox of the demo: takes every message over SMTP and keeps it as a file in var/mail.

Run as `python -m trial_site.demo.mailbox PORT FOLDER`."""

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from trial_site.demo.errors import DemoFailed, last_line
from trial_site.demo.interruption import signals_held
from trial_site.demo.processes import comes_true, remembered_process, wait_or_kill

PROJECT = Path(__file__).resolve().parents[2]
MODULE = "trial_site.demo.mailbox"
LISTENING = "The mailbox is listening."


@dataclass(frozen=True)
class Mailbox:
    """The running mailbox, seen from outside; it outlives the command that started it."""

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
        with log.open("w") as output, signals_held():
            process = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(self.port), str(self.folder)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._pid_file.write_text(str(process.pid))
        comes_true(lambda: log.stat().st_size > 0 or process.poll() is not None, seconds=20)
        if last_line(log) != LISTENING:
            raise DemoFailed(f"The mailbox did not start: {last_line(log)}")

    def running(self) -> bool:
        return self._process() is not None

    def stop(self) -> None:
        if process := self._process():
            process.terminate()
            wait_or_kill(process)

    def _process(self) -> psutil.Process | None:
        return remembered_process(self._pid_file, str(self.folder))


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
    receiver = Controller(Keeper(Path(folder)), hostname="127.0.0.1", port=int(port))
    receiver.start()
    print(LISTENING, flush=True)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
