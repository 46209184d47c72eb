"""What `manage.py` runs against when no DATABASE_URL is given: the demo, as far as the command may."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trial_site.demo.environment import VAR, DemoFile
from trial_site.demo.errors import DemoFailed
from trial_site.demo.interruption import exit_on_signals
from trial_site.demo.servers import Servers


@contextmanager
def demo_installation(command: str, var: Path = VAR) -> Iterator[None]:
    """The servers of the demo run for the block, and the environment names them."""
    if not DemoFile(var).exists():
        sys.exit("There is no database to work on: run make demo or set DATABASE_URL.")
    exit_on_signals(1)
    servers = Servers(var)
    try:
        with servers.in_use():
            os.environ.pop("DATABASE_OWNER_URL", None)
            os.environ.update(servers.file.for_command(command))
            yield
    except DemoFailed as failure:
        sys.exit(str(failure))
    except PermissionError as error:
        sys.exit(f"{error.filename} belongs to somebody else: run as the user who ran make demo first.")
