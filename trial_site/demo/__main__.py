"""`make demo`: from nothing to a running study, and back to nothing on Ctrl-C."""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from trial_site.demo.catalogues import compile_catalogues
from trial_site.demo.environment import APP, DATABASE, OWNER, PROJECT, VAR, DemoFile
from trial_site.demo.errors import DemoFailed, last_line
from trial_site.demo.interruption import SIGNALS, exit_on_signals
from trial_site.demo.locks import alone
from trial_site.demo.provision import Login, drop_database, provision
from trial_site.demo.servers import Servers
from trial_site.demo.supervisor import Child, beat, web_server, worker

LOGS = VAR / "log"
ACCOUNTS = VAR / "demo-accounts.json"


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m trial_site.demo", description=__doc__)
    arguments.add_argument("--reset", action="store_true", help="delete the study of the demo first")
    reset = arguments.parse_args().reset
    exit_on_signals(0, *SIGNALS)
    try:
        servers = Servers()
        with the_only_demo():
            port = free_web_port(os.environ.get("PORT", "8000"))
            if reset:
                with step("Deleting the study of the last demo"):
                    servers.remove()
            run(servers, port)
    except DemoFailed as failure:
        sys.exit(str(failure))


def run(servers: Servers, port: int) -> None:
    """Everything up, until a signal or a failure; then everything down, the web server first."""
    with ExitStack() as running:
        running.callback(farewell, servers)
        with step("Starting PostgreSQL, Valkey and a mailbox"):
            running.enter_context(servers.in_use())
        running.callback(say, "Stopping PostgreSQL, Valkey and the mailbox")
        LOGS.mkdir(exist_ok=True)
        fill(servers.file)
        environment = servers.file.for_application() | {"PUBLIC_URL": address(port)}
        with step("Starting the scheduler, the worker and the web server"):
            children = [kept(beat(environment, LOGS), running), kept(worker(environment, LOGS), running)]
            children.append(kept(web_server(port, environment, LOGS), running))
            wait_for_page(port, children)
        welcome(port)
        watch(children, servers)


def fill(file: DemoFile) -> None:
    """Roles, tables, translations, styles and, once, the study."""
    # Until a study was filled in to its end, every run begins with an empty database.
    filled = Path(file["HOME"]) / "filled"
    with step("Making the database and its two roles"):
        if not filled.exists():
            drop_database(file.admin_url(), DATABASE)
        owner, app = Login(OWNER, file["OWNER_PASSWORD"]), Login(APP, file["APP_PASSWORD"])
        provision(file.admin_url(), database=DATABASE, owner=owner, app=app)
    with step("Making the tables"):
        manage(file, "migrate", "--no-input")
    with step("Compiling translations and collecting styles"):
        compile_catalogues(PROJECT / "locale")
        manage(file, "collectstatic", "--no-input")
    if not filled.exists():
        with step("Filling in a study that is under way today (a minute or two)"):
            manage(file, "load_demo")
        filled.touch()


def manage(file: DemoFile, command: str, *options: str) -> None:
    """One manage.py command with the database role it needs; its output goes to a log."""
    log = LOGS / f"{command}.log"
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "manage.py", command, *options],
            cwd=PROJECT,
            env=file.for_command(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise DemoFailed(f"manage.py {command} failed, see {log.relative_to(PROJECT)}: {last_line(log)}")


def kept(child: Child, running: ExitStack) -> Child:
    running.callback(child.stop)
    running.callback(say, f"Stopping the {child.name}")
    return child


def wait_for_page(port: int, children: list[Child]) -> None:
    for _ in range(120):
        for child in children:
            child.check()
        with suppress(OSError):
            return check_page(port)
        time.sleep(0.5)
    raise DemoFailed("The web server did not answer within a minute, see var/log/web.log.")


def check_page(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/accounts/login/")
    status = connection.getresponse().status
    if status != HTTPStatus.OK:
        raise DemoFailed(f"The page to sign in answers with HTTP {status}, see var/log/web.log.")


def welcome(port: int) -> None:
    say(f"\nThe study is open at {address(port)}/\n")
    if ACCOUNTS.exists():
        say(table(["role", "email", "password"], json.loads(ACCOUNTS.read_text())))
    say("\nThese accounts are in var/demo-accounts.json; e-mails arrive in var/mail, logs in var/log.")
    say("Ctrl-C stops everything and keeps the study.")


def table(columns: list[str], rows: list[dict[str, str]]) -> str:
    lines = [columns, *([row[column] for column in columns] for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join("  " + "   ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def watch(children: list[Child], servers: Servers) -> None:
    while True:
        for child in children:
            child.check()
        if stopped := servers.stopped():
            raise DemoFailed(f"{' and '.join(stopped)} ended by itself, see {servers.file['HOME']}.")
        time.sleep(1)


def farewell(servers: Servers) -> None:
    others = len(servers.stopped()) < len(servers.names())
    say(
        "PostgreSQL runs on for another command that uses it."
        if others
        else "Stopped; nothing is left running."
    )


@contextmanager
def the_only_demo() -> Iterator[None]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("a+") as lock:
        if not alone(lock):
            raise DemoFailed("A demo is running already; end it with Ctrl-C where it was started.")
        yield


def free_web_port(wanted: str) -> int:
    if not wanted.isdecimal() or not 0 < int(wanted) < 2**16:
        raise DemoFailed(f"PORT must be a number from 1 to 65535, not {wanted!r}.")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(wanted)))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise DemoFailed(f"Port {wanted} cannot be used ({reason}); try PORT=9000 make demo.") from None
    return int(wanted)


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@contextmanager
def step(what: str) -> Iterator[None]:
    say(f"{what} ...", end=" ")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("not done")
        raise
    say(f"{time.monotonic() - began:.1f} s")


def say(words: str, end: str = "\n") -> None:
    with suppress(OSError):  # nobody reads any more; stopping goes on
        print(words, end=end, flush=True)


if __name__ == "__main__":
    main()
