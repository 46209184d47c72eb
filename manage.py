#!/usr/bin/env python
"""Django's commands: against the URLs in the environment, else against the demo in var/."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from django.core.management import execute_from_command_line


def installation() -> AbstractContextManager[None]:
    """What the command runs against. Production gives DATABASE_URL and has no demo installed."""
    if "DATABASE_URL" in os.environ:
        return nullcontext()
    from trial_site.demo.command import demo_installation

    return demo_installation(sys.argv[1] if len(sys.argv) > 1 else "help")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_site.settings")
    with installation():
        execute_from_command_line(sys.argv)
