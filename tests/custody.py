"""Short ways to run the commands of the allocation list, and to tamper with what is loaded."""

from io import StringIO
from pathlib import Path

import pyrage
from django.core.management import call_command

PASSPHRASE = "an unblinded statistician's words"


def run(command: str, *arguments, **options) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def make(file: Path, **options) -> str:
    return run("make_allocation_list", output=file, **{"block_sizes": "4,6"} | options)


def opened(file: Path) -> bytes:
    return pyrage.passphrase.decrypt(file.read_bytes(), PASSPHRASE)


def tamper(owner, statements: str) -> None:
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute(statements)


def filling(owner, bag: str) -> str:
    """The kit that fills a bag now."""
    cursor = owner().cursor()
    cursor.execute("SELECT kit FROM sealed_bags() WHERE bag = %s", [bag])
    [(number,)] = cursor.fetchall()
    return number
