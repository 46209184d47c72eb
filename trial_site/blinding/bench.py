"""The proof's workbench: one study in a database of its own, and clones of it, on an installation's server."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2
from cryptography.fernet import Fernet
from psycopg2 import sql

from trial_site.demo.environment import PROJECT
from trial_site.demo.provision import Login, drop_database, ensure_database, provision

EXCHANGES = Path(__file__).parent / "exchanges"


class ProofFailed(Exception):
    """The proof could not be carried out; one sentence."""


@dataclass(frozen=True)
class Bench:
    """The server, this run's two roles, and a folder for what the runs hand over."""

    admin_url: str
    folder: Path
    secret_key: str
    identity_key: str
    owner: Login
    app: Login

    @property
    def study(self) -> str:
        return self.owner.name.removesuffix("_owner")

    def make_study(self, *, participants: int, seed: int) -> None:
        provision(self.admin_url, database=self.study, owner=self.owner, app=self.app)
        self.manage("migrate", "--verbosity=0")
        # In small blocks, so that the first few participants of even a small study have both arms.
        size = [f"--participants={participants}", f"--seed={seed}", "--block-sizes=2,4"]
        self.manage("load_demo", *size, f"--accounts={self.accounts}")
        self.change(self.study, "before")

    @property
    def accounts(self) -> Path:
        return self.folder / "accounts.json"

    def clone(self, name: str) -> str:
        """A fresh copy of the study as it is."""
        database = f"{self.study}_{name}"
        drop_database(self.admin_url, database)
        ensure_database(
            self.admin_url, database, owner=self.owner.name, app=self.app.name, template=self.study
        )
        return database

    def change(self, database: str, exchange: str) -> None:
        """Exchange sealed contents, as the owner."""
        self._as_owner(database, exchange)

    def digest(self, database: str) -> str:
        """A hash of the sealed contents, for saying whether an exchange changed them."""
        [(digest,)] = self._as_owner(database, "digest")
        return digest

    def arms(self, database: str) -> dict[str, str]:
        """Who got what, by participant number."""
        return dict(self._as_owner(database, "arms"))

    def _as_owner(self, database: str, file: str) -> list[tuple]:
        url = self.url(self.owner, database)
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute((EXCHANGES / f"{file}.sql").read_text(encoding="utf-8"))
            return cursor.fetchall() if cursor.description else []

    def manage(self, *arguments: str) -> None:
        environment = self.environment(self.study) | {"DATABASE_OWNER_URL": self.url(self.owner, self.study)}
        self._run(["manage.py", *arguments], environment)

    def replay(self, database: str, program: Sequence[str], task: dict[str, Any]) -> dict[str, Any]:
        """Run the further actions in a clone, in a process of their own, and return what was collected."""
        output = self.folder / f"{database}.json"
        task = task | {"accounts": str(self.accounts), "output": str(output)}
        self._run([*program, json.dumps(task)], self.environment(database))
        return json.loads(output.read_text(encoding="utf-8"))

    def environment(self, database: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "trial_site.settings",
            "DATABASE_URL": self.url(self.app, database),
            "SECRET_KEY": self.secret_key,
            "IDENTITY_KEYS": self.identity_key,
            "CONTACT_KEYS": self.identity_key,
            "BROKER_URL": "memory://",
            "EMAIL_URL": "memorymail://",
            "ALLOWED_HOSTS": "testserver",
            "EXPORT_FOLDER": str(self.folder / f"exports-{database}"),
            "DEMO": "1",
            "PYTHONHASHSEED": "0",
        }

    def url(self, login: Login, database: str) -> str:
        server = urlsplit(self.admin_url)
        return f"postgres://{login.name}:{quote(login.password)}@{server.hostname}:{server.port or 5432}/{database}"

    def clear(self) -> None:
        """Nothing of this run is left on the server."""
        with closing(psycopg2.connect(self.admin_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self.study])
                for (name,) in cursor.fetchall():
                    drop_database(self.admin_url, name)
                for login in (self.owner, self.app):
                    cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login.name)))

    def _run(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProofFailed(f"{arguments[0]} {arguments[1]} failed: {done.stderr.strip()[-2000:]}")


@contextmanager
def workbench(admin_url: str) -> Iterator[Bench]:
    name = f"trial_blinding_{secrets.token_hex(4)}"
    logins = [Login(f"{name}_{role}", secrets.token_urlsafe(24)) for role in ("owner", "app")]
    with TemporaryDirectory(prefix="trial-blinding-") as folder:
        keys = secrets.token_urlsafe(48), Fernet.generate_key().decode()
        bench = Bench(admin_url, Path(folder), *keys, *logins)
        try:
            yield bench
        finally:
            bench.clear()
