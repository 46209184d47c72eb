"""var/demo.env: the secrets and places of one demo, made once, readable by their owner only; and what of
them each process gets to see."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from trial_site.demo.errors import DemoFailed
from trial_site.demo.postgres import ADMIN, database_url

PROJECT = Path(__file__).resolve().parents[2]
VAR = PROJECT / "var"

DATABASE, OWNER, APP = "trial", "trial_owner", "trial_app"
SECRETS = ("SECRET_KEY", "ADMIN_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "BROKER_PASSWORD")
KEYS = ("IDENTITY_KEYS", "CONTACT_KEYS")
# Commands that change tables or carry the list into the sealed room. Every other command, and every web and
# worker process, gets the application role only.
OWNER_COMMANDS = frozenset({"migrate", "load_allocation_list", "receive_kits", "load_demo"})
OWN_MACHINE = "localhost,127.0.0.1,[::1]"


class DemoFile:
    """The file var/demo.env, one NAME=value a line."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.path = var / "demo.env"
        self.values = self._read() if self.path.exists() else {}

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def exists(self) -> bool:
        return bool(self.values)

    def create(self) -> None:
        """Make the secrets that are not there yet."""
        drawn = {name: secrets.token_urlsafe(48) for name in SECRETS}
        drawn |= {name: Fernet.generate_key().decode() for name in KEYS}
        self.remember(**drawn | self.values)

    def remember(self, **changes: object) -> None:
        self.values |= {name: str(value) for name, value in changes.items()}
        unfinished = self.path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in self.values.items())
        os.replace(unfinished, self.path)

    def port(self, server: str) -> int:
        return int(self.values.get(f"{server.upper()}_PORT", 0))

    def admin_url(self) -> str:
        return database_url(ADMIN, self["ADMIN_PASSWORD"], self.port("PostgreSQL"), "postgres")

    def for_application(self) -> dict[str, str]:
        """The environment of the web server, the worker, beat and ordinary commands."""
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
        return {
            "ALLOWED_HOSTS": OWN_MACHINE,
            **inherited,
            "DJANGO_SETTINGS_MODULE": "trial_site.settings",
            "DEMO": "1",
            "SECRET_KEY": self["SECRET_KEY"],
            **{name: self[name] for name in KEYS},
            "DATABASE_URL": self._url(APP, self["APP_PASSWORD"]),
            "BROKER_URL": f"redis://:{self['BROKER_PASSWORD']}@127.0.0.1:{self.port('Valkey')}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port('Mailbox')}",
            "AUDIT_ANCHOR_FILE": str(self.var / "audit-anchor.jsonl"),
        }

    def for_command(self, command: str) -> dict[str, str]:
        """The environment of one manage.py command; only those on the closed list get the owner role."""
        environment = self.for_application()
        if command in OWNER_COMMANDS:
            environment["DATABASE_OWNER_URL"] = self._url(OWNER, self["OWNER_PASSWORD"])
        return environment

    def _url(self, role: str, password: str) -> str:
        return database_url(role, password, self.port("PostgreSQL"), DATABASE)

    def _read(self) -> dict[str, str]:
        try:
            lines = self.path.read_text().splitlines()
        except PermissionError:
            raise DemoFailed(f"{self.path} is somebody else's; run as the user who ran make demo.") from None
        return dict(line.split("=", 1) for line in lines)
