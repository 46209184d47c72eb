"""What `manage.py` runs against when no DATABASE_URL is given: the demo, as far as the command may."""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trial_site.demo.environment import VAR
from trial_site.demo.errors import DemoFailed
from trial_site.demo.interruption import exit_on_signals
from trial_site.demo.servers import Servers

# Pure functions of files and code; they run on a machine without any database.
NEED_NO_DATABASE = frozenset({"assess_eligibility", "make_allocation_list", "check_odm", "generate_docs"})
NO_INSTALLATION = {
    "DATABASE_URL": "postgres://nobody@localhost/nothing",
    "BROKER_URL": "memory://",
    "EMAIL_URL": "consolemail://",
    "ALLOWED_HOSTS": "localhost",
}


@contextmanager
def demo_installation(command: str, var: Path = VAR) -> Iterator[None]:
    """The servers of the demo run for the block, and the environment names them."""
    if command in NEED_NO_DATABASE:
        os.environ.update(NO_INSTALLATION, SECRET_KEY=secrets.token_urlsafe(48))
        yield
        return
    exit_on_signals(1, signal.SIGTERM, signal.SIGHUP)
    try:
        servers = Servers(var)
        if not servers.file.exists():
            raise DemoFailed("There is no database to work on: run make demo or set DATABASE_URL.")
        with servers.in_use():
            os.environ.pop("DATABASE_OWNER_URL", None)
            os.environ.update(servers.file.for_command(command))
            yield
    except DemoFailed as failure:
        sys.exit(str(failure))
